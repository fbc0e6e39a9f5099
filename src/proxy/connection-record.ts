import type { EngineName } from '../config/schema.ts'
import type { Peer, Relay } from '../engine/engine.ts'
import type { Server } from '../upstream/pool.ts'
import type { End, EndedBy, Outcome } from './outcome.ts'

/** Where a connection is in its life. The log says in which one it ended. */
export type Phase = 'admit' | 'dial' | 'relay'

/** What is known of a connection, current while it lives. Times are `nowMs()`; 0 stands for «not yet». */
export interface ConnectionRecord {
  /** Counts the worker's connections from 1; `connectionId` in logs is made of it. */
  readonly sequence: number
  readonly listener: string
  readonly upstream: string
  readonly engine: EngineName
  readonly client: Peer
  readonly acceptedMs: number
  phase: Phase
  /** The server that was reached, or the last one that was tried. */
  server: Server | undefined
  /** Addresses dialled so far. */
  attempts: number
  /** When the server was reached. */
  dialledMs: number
  /** Bytes and half-closes, once both sides are there. */
  relay: Relay | undefined
  endedMs: number
  outcome: Outcome | undefined
  endedBy: EndedBy | undefined
  /** The error that ended it, where there was one. */
  error: Error | undefined
}

/** A connection while it lives, as it is seen from outside. */
export interface LivingConnection {
  /** Where it stands among the living; belongs to whoever keeps them. */
  place: number
  readonly record: ConnectionRecord
  /** Ends it before its time. The first reason stays. */
  cut(end: End): void
}

/** What the data path tells of its connections; it counts and logs nothing itself. */
export interface ConnectionEvents {
  opened(connection: LivingConnection): void
  /** One attempt failed; another may follow. */
  dialFailed(record: ConnectionRecord, server: Server, error: Error): void
  closed(connection: LivingConnection): void
}
