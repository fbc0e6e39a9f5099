import type { EngineName } from '../config/schema.ts'
import type { Peer, Relay, TcpInfo } from '../engine/engine.ts'
import { nowMs } from '../engine/now.ts'
import type { Server } from '../upstream/pool.ts'
import type { End, EndedBy, Outcome } from './outcome.ts'

/** Where a connection is in its life. The log says in which one it ended. */
export type Phase = 'admit' | 'dial' | 'relay'

/** What inspectors have to do with a connection. What they say comes from others' bytes: no line may trust it as text. */
export interface Inspected {
  /** Those that it began with, `no-secrets@1f2e3d4c`: name and version. They stay the same to its end. */
  readonly inspectors: readonly string[]
  /** What its bytes are: `tls`, `http1`… */
  readonly protocol?: string
  /** The name that the client asked for in its TLS greeting. */
  readonly serverName?: string
  /** Why it was blocked, or what an inspector wanted to have said. */
  readonly verdict?: string
}

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
  /** Where the listener has inspectors and a server was reached. */
  inspected: Inspected | undefined
  /** How the two ways did, as the engine could tell at the end. */
  clientTcp: TcpInfo | undefined
  serverTcp: TcpInfo | undefined
  endedMs: number
  outcome: Outcome | undefined
  endedBy: EndedBy | undefined
  /** The error that ended it, where there was one. */
  error: Error | undefined
}

type Known = Pick<ConnectionRecord, 'sequence' | 'listener' | 'upstream' | 'engine' | 'client'>

/**
 * The record of a connection that was accepted a moment ago.
 *
 * Every field is written out, in one order: spread into the literal, `known` cost V8 a walk through its maps for each
 * record, half of all the work in TypeScript for a short connection.
 */
export const openRecord = ({ sequence, listener, upstream, engine, client }: Known): ConnectionRecord => ({
  sequence,
  listener,
  upstream,
  engine,
  client,
  acceptedMs: nowMs(),
  phase: 'admit',
  server: undefined,
  attempts: 0,
  dialledMs: 0,
  relay: undefined,
  inspected: undefined,
  clientTcp: undefined,
  serverTcp: undefined,
  endedMs: 0,
  outcome: undefined,
  endedBy: undefined,
  error: undefined,
})

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
