import { DialTimeout } from './dial/dial.ts'
import { ConnectionEnded } from './outcome.ts'
import type { Phase } from './record.ts'

/** What a connection waits for before its relay, one at a time: the client's bytes, a name, a connect. */
export interface Step {
  /** Has the wait end with this error. Does nothing once it has ended. */
  cancel(error: Error): void
}

/** The error for a step that took too long. Another server may be dialled after a late dial; a late client has no second try. */
export const lateError = (phase: Phase): Error =>
  phase === 'preread'
    ? new ConnectionEnded({ outcome: 'prereadTimeout', endedBy: 'proxy' })
    : new DialTimeout('no answer in time')
