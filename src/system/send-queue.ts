import { unsentBytes } from './libc.ts'
import { sinceAcknowledgedMs } from './tcp-info.ts'

/** What the kernel knows of the bytes that a socket was given. Both answer for a descriptor that is open. */
export interface SendQueue {
  /** Bytes that the receiver has not acknowledged, or not read from a unix socket; a FIN counts as one. Negative: an error. */
  unsentBytes(fd: number): number
  /** For how long the receiver has certainly acknowledged nothing new, milliseconds; undefined for a unix socket. */
  sinceAcknowledgedMs(fd: number): number | undefined
}

/** Asks the kernel. It needs nothing else of the kernel engine: the streams engine asks about its own descriptors. */
export const sendQueue: SendQueue = { unsentBytes, sinceAcknowledgedMs }
