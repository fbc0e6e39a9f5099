/** Everything that a worker's main thread and a thread of inspectors tell each other. */
import type { InspectorConfig } from '../../config/schema.ts'
import type { Direction } from '../../engine/engine.ts'
import type { ConnectionInfo, ConnectionSummary, NoteName } from '../api/define-inspector.ts'

/** An inspector to load: as configured, and the content that it must have. */
export interface InspectorSource {
  readonly config: InspectorConfig
  /** The file's URL. */
  readonly url: string
  /** The beginning of the SHA-256 of the file. */
  readonly contentHash: string
}

/** An inspector that was loaded, or why it was not. */
export type LoadResult =
  | { readonly name: string; readonly hasEnd: boolean }
  | { readonly problems: readonly LoadProblem[] }

export interface LoadProblem {
  /** Within `options` if that is what is wrong, else undefined. */
  readonly optionPath?: readonly (string | number)[]
  readonly message: string
}

/** Memory that both threads see. */
export interface ThreadMemory {
  /** Of the `Batch`. */
  readonly requests: SharedArrayBuffer
  readonly arena: SharedArrayBuffer
  /** Of the `DirectLine`. */
  readonly line: SharedArrayBuffer
  /** Of the `Progress`. */
  readonly progress: SharedArrayBuffer
}

/** Loads one set of inspectors, by listener. */
export interface LoadTask {
  readonly kind: 'load'
  readonly setNumber: number
  readonly listeners: Readonly<Record<string, readonly InspectorSource[]>>
  readonly memory: ThreadMemory
  /** Where this thread counts: a row per inspector, in the order of `listeners`. */
  readonly counts: SharedArrayBuffer
  /** The most memory that its inspectors may use. */
  readonly memoryBytes: number
}

/** The requests stand in the `Batch`; these are the notices among them, in order. */
export interface BatchTask {
  readonly kind: 'batch'
  readonly notices: readonly Notice[]
}

/** Asks for the answers to the last batch, which was asked over the direct line. */
export interface CollectTask {
  readonly kind: 'collect'
}

export type Task = LoadTask | BatchTask | CollectTask

/** What a thread is asked, or told. The answer to a notice means nothing. */
export type Request =
  | { readonly kind: 'chunk'; readonly connection: number; readonly direction: Direction; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly connection: number; readonly direction: Direction }
  | { readonly kind: 'notice'; readonly notice: Notice }

export type Notice =
  /** A connection begins. */
  | { readonly kind: 'open'; readonly connection: number; readonly setNumber: number; readonly info: ConnectionInfo }
  /** A connection has ended. */
  | { readonly kind: 'close'; readonly connection: number; readonly summary: ConnectionSummary }
  /** No connection uses the set any more. A notice, not a task: it must not overtake what is still queued. */
  | { readonly kind: 'unload'; readonly setNumber: number }

/** The answer to a request. The common ones are numbers. */
export type Answer = typeof ALL_GO_ON | typeof ALL_WAIT | DetailedAnswer

/** What the main thread keeps of this direction goes on, this chunk included. */
export const ALL_GO_ON = 0
/** It keeps this chunk too. */
export const ALL_WAIT = 1

export interface DetailedAnswer {
  /** What goes on. Bytes: those, and what the main thread keeps of the direction is to be forgotten. */
  readonly goesOn: typeof ALL_GO_ON | typeof ALL_WAIT | readonly Uint8Array[]
  /** The thread holds bytes that the main thread has not: they are lost with it. */
  readonly threadHolds: boolean
  /** A bit for each inspector that still sees a direction. */
  readonly inspecting: Readonly<Record<Direction, number>>
  readonly afterMs?: number
  readonly notes?: Readonly<Partial<Record<NoteName, string>>>
  /** The inspector that blocked it, and why. */
  readonly blocked?: { readonly link: number; readonly reason: string }
  readonly failures?: readonly Failure[]
}

/** An inspector failed. `final` if its `onFailure` is `close`. */
export interface Failure {
  readonly link: number
  readonly reason: string
  readonly stack?: string
  readonly final: boolean
}
