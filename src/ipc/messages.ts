/**
 * Every word spoken between the primary and its workers. State goes down as patches, totals come up, questions go across
 * (ask.ts). Messages of others (pm2's `axm:*`) are not in it and ignored.
 */
import type { Config, EngineName } from '../config/schema.ts'
import type { Patch } from '../serving/plan.ts'
import type { SharedPlace } from '../serving/shared-memory.ts'
import type { Entry } from '../stats/totals.ts'
import type { QuestionName } from './questions.ts'

/** What a process is told once, at its start: it cannot be changed while it runs. All else is serving state. */
export type WorkerSettings = Pick<Config, 'engine' | 'scheduling' | 'log' | 'inspection'>

export type ToWorker =
  | {
      kind: 'start'
      workerId: number
      workerCount: number
      settings: WorkerSettings
      /** The memory that all workers share, if there is some. */
      shared?: SharedPlace
    }
  /** Comes with the handle of a bound socket, before the state that names it. */
  | { kind: 'socket'; socket: number }
  | { kind: 'patch'; patch: Patch }
  | { kind: 'reopenLog' }
  /** `question` numbers it; the answers carry the number. */
  | { kind: 'ask'; question: number; name: QuestionName }

/** What a worker finds out and the primary says, once for all of them. */
export type WorkerNews =
  /** Its log was opened anew; or not, and why. */
  | { kind: 'logOpened'; error?: string }
  /** A server could not be reached, so many times since the last of these messages. At most one a minute and server. */
  | { kind: 'dialsFailed'; upstream: string; server: string; error: string; times: number }

export type ToPrimary =
  | WorkerNews
  /** The worker runs and waits for `start`. */
  | { kind: 'started' }
  /**
   * It serves its first state from now on. `insteadBecause` says why the engine is not the first choice,
   * `unsharedBecause` why it cannot use the memory that all workers share.
   */
  | { kind: 'ready'; engine: EngineName; insteadBecause?: string; unsharedBecause?: string }
  /** It serves this version of the state. */
  | { kind: 'serves'; version: number }
  /** A patch did not lead from the version that it has: it needs the whole state. */
  | { kind: 'needsState' }
  /** It cannot serve; it leaves by itself. */
  | { kind: 'cannotServe'; reason: string }
  /** A slice of the answer to a question; `last` ends it. */
  | { kind: 'answer'; question: number; parts: readonly unknown[]; last: boolean }
  /** What has changed in its totals since the last report; sent when something did, and as a sign of life. */
  | { kind: 'report'; entries: readonly Entry[]; rssBytes: number; eventLoopDelayP99Ms: number }
  /** The last word of a drained worker: the rest of its totals, and how its connections ended since. */
  | { kind: 'drained'; entries: readonly Entry[]; endedByThemselves: number; cutShort: number }
