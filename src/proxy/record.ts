import { nowMs } from '../clock.ts'
import type { EngineName } from '../config/schema.ts'
import type { Peer, Relay, TcpInfo } from '../engine/engine.ts'
import type { Meter } from '../engine/meter.ts'
import type { Server } from '../upstream/pool.ts'
import type { End } from './outcome.ts'

/** Where a connection is in its life. The log says in which one it ended. */
export const PHASES = ['admit', 'dial', 'relay'] as const
export type Phase = (typeof PHASES)[number]

/** What inspectors have to do with a connection. What they say comes from others' bytes: no line may trust it as text. */
export interface InspectionNotes {
  /** Those that it began with, `no-secrets@1f2e3d4c`: name and version. They stay the same to its end. */
  readonly inspectors: readonly string[]
  /** What its bytes are: `tls`, `http1`… */
  readonly protocol?: string
  /** The name that the client asked for in its TLS greeting. */
  readonly serverName?: string
  /** Why it was blocked, or what an inspector wanted to have said. */
  readonly verdict?: string
}

type ConnectionStart = Pick<ConnectionRecord, 'sequence' | 'listener' | 'upstream' | 'engine' | 'client'>

/**
 * What is known of a connection, current while it lives; there may be very many, so it holds no more. Times are
 * `nowMs()`; 0 stands for «not yet».
 *
 * A class: V8 learns from the literals of a place that live long to make all of that place old at once, and an old
 * record that is dead keeps its whole connection from being collected young (measured: three times as many survive).
 */
export class ConnectionRecord {
  /** Counts the worker's connections from 1; `connectionId` in logs is made of it. */
  readonly sequence: number
  readonly listener: string
  readonly upstream: string
  readonly engine: EngineName
  readonly client: Peer
  readonly acceptedMs = nowMs()
  phase: Phase = 'admit'
  /** The server that was reached, or the last one that was tried. */
  server: Server | undefined
  /** Addresses dialled so far. */
  attempts = 0
  /** When the server was reached. */
  dialledMs = 0
  /** Bytes and half-closes, once both sides are there. */
  relay: Relay | undefined
  /** Where the listener has inspectors and a server was reached. */
  inspected: InspectionNotes | undefined

  constructor({ sequence, listener, upstream, engine, client }: ConnectionStart) {
    this.sequence = sequence
    this.listener = listener
    this.upstream = upstream
    this.engine = engine
    this.client = client
  }
}

/** What is known of a connection besides when it has ended. */
export interface EndRecord extends End {
  /** `nowMs()` */
  readonly endedMs: number
  /** How the two ways did, as the engine could tell. */
  readonly clientTcp: TcpInfo | undefined
  readonly serverTcp: TcpInfo | undefined
}

/** A connection while it lives, as it is seen from outside. */
export interface LivingConnection {
  /** Where it stands among the living; belongs to whoever keeps them. */
  place: number
  readonly record: ConnectionRecord
  /** Ends it before its time. The first reason stays. */
  cut(end: End): void
  /** The limits of its time have changed: has them looked at soon. */
  reviewClocks(): void
}

/** What the data path tells of its connections; it counts and logs nothing itself. */
export interface ConnectionEvents {
  opened(connection: LivingConnection): void
  /** One attempt failed; another may follow. */
  dialFailed(record: ConnectionRecord, server: Server, error: Error): void
  /** A server was reached. Returns where the bytes of the connection are counted. */
  reached(record: ConnectionRecord, server: Server): Meter
  closed(connection: LivingConnection, ended: EndRecord): void
}
