/** Every word spoken between the primary and its workers. Messages of others (pm2's `axm:*`) are not in it and ignored. */
import type { Config, EngineName, LogLevel } from '../config/schema.ts'
import type { SharedLoads } from '../engine/loads.ts'
import type { WorkerTotals } from '../stats/totals.ts'

/** An inherited listening socket: which listener it serves and its descriptor number in the worker. */
export interface InheritedSocket {
  readonly listener: string
  readonly descriptor: number
}

export type ToWorker =
  | {
      kind: 'start'
      workerId: number
      workerCount: number
      config: Config
      sockets: readonly InheritedSocket[]
      /** Where the workers share their loads. */
      loads?: SharedLoads
    }
  /** Stop accepting; end what still lives after `withinMs` as `drained`; then report and leave. 0 ends it at once. */
  | { kind: 'drain'; withinMs: number }
  | { kind: 'setLogLevel'; level: LogLevel }
  | { kind: 'reopenLog' }

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
  /** Every listener is served. `insteadBecause` says why the engine is not the first choice. */
  | { kind: 'ready'; engine: EngineName; insteadBecause?: string }
  /** It cannot serve; it leaves by itself. */
  | { kind: 'cannotServe'; reason: string }
  /** Totals since its beginning; sent when they changed, and as a sign of life. */
  | { kind: 'report'; totals: WorkerTotals; rssBytes: number; eventLoopDelayP99Ms: number }
  /** The last word of a drained worker: its final totals, and how its connections ended since. */
  | { kind: 'drained'; totals: WorkerTotals; endedByThemselves: number; cutShort: number }
