/**
 * Every message between the primary and its workers. State goes down as patches, totals come up, questions go across
 * (ask.ts). Messages of other programs (pm2's `axm:*`) are ignored.
 */
import type { Config, EngineName } from '../config/schema.ts'
import type { Patch } from '../serving/plan.ts'
import type { SharedPlace } from '../serving/shared-memory.ts'
import type { Drain } from '../serving/state.ts'
import type { ReportedEntry } from '../stats/totals.ts'
import type { EndedDetail } from './connection-parts.ts'
import type { Ask } from './questions.ts'

/**
 * Settings that a worker gets at its start, and that cannot change while it runs. All else is serving state; so is the
 * log, which a worker opens before it has a state.
 */
export type WorkerSettings = Pick<Config, 'engine' | 'scheduling' | 'log' | 'inspection' | 'workerTimeoutMs'>

export type ToWorker =
  | {
      kind: 'start'
      workerId: number
      workerCount: number
      settings: WorkerSettings
      /** The memory that all workers share, if there is some. */
      shared?: SharedPlace
    }
  /** Carries the handle of a bound socket, before the state that names the socket; `isPassed` if another program has it open too. */
  | { kind: 'socket'; socket: number; isPassed: boolean }
  /** Whether another program accepts on these sockets as well: then they are closed when they are left, not finished. */
  | { kind: 'sharedSockets'; sockets: readonly number[]; areShared: boolean }
  | { kind: 'patch'; patch: Patch }
  | { kind: 'reopenLog' }
  /**
   * Another worker has taken its place: it stops accepting at once, gives its connections to the worker that takes them at
   * the address `taker` (see worker/hand-over), lets the others drain, and exits. It follows the state until then; a state
   * that is draining leaves it less time, if that is less.
   */
  | { kind: 'leave'; draining: Drain; taker?: string }
  /**
   * Its connections may soon move: from now on, or not any more, none that begins may end with a FIN if it is killed. Those
   * that live stay marked.
   */
  | { kind: 'guard'; isOn: boolean }
  /** Another copyloop has taken over: it gives its connections to the worker that takes them at this address. It stays. */
  | { kind: 'giveTo'; taker: string }
  | Ask

/** A server that a worker could not reach. */
export interface FailedServer {
  readonly upstream: string
  readonly server: string
  /** The last error. */
  readonly error: string
  /** How often dials failed. */
  readonly times: number
  /** When they failed, on the clock of all processes (`hostMs`): the last ones. */
  readonly failedAtMs: readonly number[]
  /** When this worker last reached it, on the same clock; 0 for never. */
  readonly reachedAtMs: number
}

/** Events in a worker that the primary acts on or logs, once for all workers. */
export type WorkerNews =
  /** Its log was reopened, or could not be. */
  | { kind: 'logOpened'; error?: string }
  /** Servers that could not be reached since the last such message. The first comes at once, others are put together. */
  | { kind: 'dialsFailed'; servers: readonly FailedServer[] }
  /** It has logged a warning or an error: the line, JSON. Of many only some are told. */
  | { kind: 'warned'; line: string }

export type ToPrimary =
  | WorkerNews
  /** The worker is running and waits for `start`. */
  | { kind: 'started' }
  /**
   * It serves its first state from now on. The IDs of its connections begin with `connectionPrefix`. `insteadBecause` is the
   * reason if the engine is not the first choice, `unsharedBecause` if it cannot use the memory that all workers share.
   */
  | {
      kind: 'ready'
      engine: EngineName
      connectionPrefix: string
      insteadBecause?: string
      unsharedBecause?: string
    }
  /** It serves this version of the state. */
  | { kind: 'serves'; version: number }
  /** It cannot serve this version: the one that it served before stays in effect, until the next patch. */
  | { kind: 'cannotApply'; version: number }
  /** A patch did not start at its version: it needs the whole state. */
  | { kind: 'needsState' }
  /** It cannot serve, and exits by itself. */
  | { kind: 'cannotServe'; reason: string }
  /** A slice of the answer to a question; `last` ends it. */
  | { kind: 'answer'; question: number; parts: readonly unknown[]; last: boolean }
  /**
   * The totals that changed since the last report, and the last connection of each outcome that came meanwhile; also sent
   * without any, as a sign of life. `left` are the last totals of what is neither served nor alive any longer: if it returns,
   * the worker counts it from 0.
   */
  | {
      kind: 'report'
      changed: readonly ReportedEntry[]
      left: readonly ReportedEntry[]
      ended: readonly EndedDetail[]
      rssBytes: number
      eventLoopDelayP99Ms: number
    }
  /** The last message of a drained worker: all of its totals, and how its connections ended during the drain. */
  | {
      kind: 'drained'
      totals: readonly ReportedEntry[]
      ended: readonly EndedDetail[]
      endedByThemselves: number
      cutShort: number
      handedOver: number
    }
