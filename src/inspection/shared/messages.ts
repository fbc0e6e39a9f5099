/** Everything that a worker's main thread and an inspecting thread say to each other. */
import type { InspectorConfig } from '../../config/schema.ts'
import type { Direction } from '../../engine/engine.ts'
import type { ConnectionInfo, ConnectionSummary, NoteName } from '../api/define-inspector.ts'

/** Bytes of a batch stand in memory that both threads see: copying them there once beat cloning and transferring. */
export const ARENA_BYTES = 1024 * 1024

/** The words of the memory in which a thread says what it is at. */
export const PROGRESS = {
  /** Number of the item in the batch, from 1; 0 between batches. */
  item: 0,
  /** Which of the connection's inspectors is called. */
  link: 1,
  /** When that call began, as `clockMs()`. */
  sinceMs: 2,
  length: 3,
} as const

/** Milliseconds on a clock that all threads share; it wraps, so only differences mean something. */
export const clockMs = (): number => {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds * 1000 + nanoseconds / 1_000_000) | 0
}

/** An inspector to load: as configured, and the content that it must have. */
export interface Wanted {
  readonly config: InspectorConfig
  /** The file's URL. */
  readonly url: string
  /** The beginning of the SHA-256 of the file. */
  readonly version: string
}

/** An inspector that was loaded, or why it was not. */
export type Loaded = { readonly name: string; readonly hasEnd: boolean } | { readonly problems: readonly LoadProblem[] }

export interface LoadProblem {
  /** Within `options` if that is what is wrong, else undefined. */
  readonly optionPath?: readonly (string | number)[]
  readonly message: string
}

/** Loads one version of all inspectors, by listener. */
export interface LoadTask {
  readonly kind: 'load'
  readonly generation: number
  readonly listeners: Readonly<Record<string, readonly Wanted[]>>
  readonly arena: SharedArrayBuffer
  readonly progress: SharedArrayBuffer
  /** Of the `DirectLine`. */
  readonly line: SharedArrayBuffer
  /** Where this thread counts: a row an inspector, in the order of `listeners`. */
  readonly counts: SharedArrayBuffer
  readonly memoryBytes: number
}

/** No connection uses it any more. */
export interface UnloadTask {
  readonly kind: 'unload'
  readonly generation: number
}

export interface BatchTask {
  readonly kind: 'batch'
  readonly items: readonly Item[]
}

/** Asks for the answers to the last batch, which was asked over the direct line. */
export interface CollectTask {
  readonly kind: 'collect'
}

export type Task = LoadTask | UnloadTask | BatchTask | CollectTask

export type Item =
  | { readonly kind: 'open'; readonly connection: number; readonly generation: number; readonly info: ConnectionInfo }
  /** The bytes stand at `offset` of the arena. */
  | {
      readonly kind: 'chunk'
      readonly connection: number
      readonly direction: Direction
      readonly offset: number
      readonly length: number
    }
  | { readonly kind: 'end'; readonly connection: number; readonly direction: Direction }
  | { readonly kind: 'close'; readonly connection: number; readonly summary: ConnectionSummary }

/** The answer to an item. The common ones are numbers; answers to `open` and `close` mean nothing. */
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
  /** Who blocked it, and why. */
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
