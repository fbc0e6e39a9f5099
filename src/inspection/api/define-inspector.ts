import { z } from 'zod'
import type { Direction } from '../../engine/direction.ts'
import type { Outcome } from '../../proxy/outcome.ts'
import type { Verdict } from './verdict.ts'

/** A connection, as its inspectors know it. */
export interface ConnectionInfo {
  /** As in the log. */
  readonly id: string
  readonly listener: string
  /** `192.0.2.1:4711`, `[2001:db8::1]:4711`, or `unix:` and the path, or `@` and the abstract name, where it has one. */
  readonly client: string
  /** The upstream's name. */
  readonly upstream: string
  /** The address of the server that was reached, written like `client`. */
  readonly server: string
}

/** The notes that an inspector may put into the log line. A later note replaces an earlier one. */
export type NoteName = 'protocol' | 'serverName' | 'verdict'

export interface InspectedConnection extends ConnectionInfo {
  /** Puts a text of at most 256 characters into the log line. */
  note(name: NoteName, text: string): void
}

/** How a connection ended. */
export interface ConnectionSummary {
  readonly outcome: Outcome
  readonly endedBy: 'client' | 'upstream' | 'proxy'
  readonly durationMs: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
}

/**
 * An inspector. Its functions run in a thread of the worker, all of a connection's in the same one and one after the
 * other; they return at once, and must not wait for anything.
 */
export interface Inspector<Options extends z.ZodType, State> {
  /** 1 to 64 letters, digits, dots, hyphens and underscores. */
  readonly name: string
  /** What `options` in the config may hold; without it, nothing. */
  readonly options?: Options
  /** Called before the first chunk. Returns the state: any value, one per connection, shared by both directions. */
  open?(connection: InspectedConnection, options: z.output<Options>): State
  /**
   * Judges what one side has sent. `bytes` are valid only during the call: copy what is kept longer. Writing to them
   * changes nothing; `replace` does.
   */
  chunk(state: State, bytes: Uint8Array, direction: Direction, connection: InspectedConnection): Verdict
  /**
   * Judges the end of a direction, also when it was a reset: what is still held goes on with `pass`, and so on. An
   * inspector without it that holds bytes at the end has failed.
   */
  end?(state: State, direction: Direction, connection: InspectedConnection): Verdict
  /** Called once, when the connection has ended, if `open` was. */
  close?(state: State, summary: ConnectionSummary): void
}

/** An inspector whose types are its own affair. */
export type AnyInspector = Inspector<z.ZodType, unknown>

const NO_OPTIONS = z.strictObject({})

/** Makes an inspector: the default export of its module. Types its options after the schema, and its state after `open`. */
export const defineInspector = <State = undefined, Options extends z.ZodType = typeof NO_OPTIONS>(
  inspector: Inspector<Options, State>,
): Inspector<Options, State> => inspector

/** The options of an inspector that has none. */
export const optionsOf = (inspector: AnyInspector): z.ZodType => inspector.options ?? NO_OPTIONS
