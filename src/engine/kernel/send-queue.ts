import type { SendQueue } from '../flow-counts.ts'
import { unsentBytes } from './libc.ts'
import { sinceAcknowledgedMs } from './tcp-info.ts'

/** Asks the kernel. It needs nothing else of the kernel engine: the streams engine asks about its own descriptors. */
export const sendQueue: SendQueue = { unsentBytes, sinceAcknowledgedMs }
