import { unsentBytes } from '../libc.ts'
import { sinceAcknowledgedMs } from './tcp-info.ts'

/** What the kernel knows about the bytes that were sent on a socket. The descriptor must be open. */
export interface SendQueue {
  /** Bytes that the receiver has not acknowledged, or not read from a unix socket; a FIN counts as one. Negative: an error. */
  unsentBytes(fd: number): number
  /** Milliseconds for which the receiver has certainly acknowledged nothing new; undefined for a unix socket. */
  sinceAcknowledgedMs(fd: number): number | undefined
}

/** Asks the kernel. Both engines use it, each with its own descriptors. */
export const sendQueue: SendQueue = { unsentBytes, sinceAcknowledgedMs }
