import { nowMs } from '../clock.ts'
import type { EngineName } from '../config/schema.ts'
import type { Relay, TcpInfo } from '../engine/engine.ts'
import type { GivenRelay } from '../engine/hand-over/given-relay.ts'
import type { Meter } from '../engine/meter.ts'
import type { Peer, PeerKey } from '../engine/peer.ts'
import type { Server } from '../upstream/server.ts'
import type { ProxiedClient } from './admit/proxy-header/client-header.ts'
import type { End } from './outcome.ts'
import type { Clock } from './timing/clocks.ts'

/** The phases of a connection's life. The log has the one in which it ended. */
export const PHASES = ['admit', 'preread', 'queue', 'dial', 'relay'] as const
export type Phase = (typeof PHASES)[number]

/** What the log line shows of a connection's inspectors. Notes hold bytes from the wire, so no line may trust them as text. */
export interface InspectionNotes {
  /** The inspectors that it began with, as name and version: `no-secrets@1f2e3d4c`. They stay the same to its end. */
  readonly inspectors: readonly string[]
  /** The protocol of its bytes: `tls`, `http1`… */
  readonly protocol?: string
  /** The name that the client asked for in its TLS greeting. */
  readonly serverName?: string
  /** Why it was blocked, or another note. */
  readonly verdict?: string
}

/** An attempt to reach a server that failed. */
export interface FailedAttempt {
  readonly server: { readonly name: string }
  readonly error: NodeJS.ErrnoException
  /** `nowMs()` */
  readonly beganMs: number
  readonly ms: number
}

/** The wait for a place at a server. */
export interface QueueWait {
  /** `nowMs()`; the first time, if it waited several times. */
  readonly beganMs: number
  /** All in all, without the wait that is under way. */
  readonly ms: number
  /** `nowMs()`, of the last wait that ended; 0 while the first is under way. */
  readonly endedMs: number
}

/** A connection that another process has accepted and that came here alive. */
export interface CameAlive {
  /** The ID that it has had from its beginning. */
  readonly connectionId: string
  /** How often it has changed its process. */
  readonly times: number
  /** When it came here; `nowMs()`. */
  readonly atMs: number
  /** The worker that had it before, and the one that accepted it. */
  readonly fromWorker: number
  /** The process of that worker: the worker may be another copyloop's. */
  readonly fromPid: number
  readonly acceptedBy: number
}

/** When a clock would end a connection. */
export interface NextClock {
  /** The key in `timeouts`, or `queue`. */
  readonly clock: Clock | 'connect' | 'preread' | 'queue'
  /** `nowMs()` */
  readonly atMs: number
}

type ConnectionStart = Pick<ConnectionRecord, 'sequence' | 'listener' | 'upstream' | 'engine' | 'peer'>

/**
 * What is known of a connection, current while it lives. There may be very many, so it holds nothing else. Times are
 * `nowMs()`; 0 means «not yet», and what came alive of an older process has times below 0.
 *
 * A class: where object literals of one place live long, V8 allocates all later ones of that place in the old generation,
 * and a dead record there keeps its whole connection from being collected young (measured: three times as many survive).
 */
export class ConnectionRecord {
  /** Numbers the worker's connections from 1; `connectionId` in logs is made from it. */
  readonly sequence: number
  readonly listener: string
  readonly upstream: string
  readonly engine: EngineName
  /** The other end of the connection: the client, unless a PROXY header names another. */
  readonly peer: Peer
  acceptedMs = nowMs()
  phase: Phase = 'admit'
  /** Where its client began with a PROXY header. */
  proxied: (ProxiedClient & { readonly readMs: number }) | undefined
  /** The server that was reached, or the last that was tried. */
  server: Server | undefined
  /** Addresses dialled so far. */
  attempts = 0
  /** The attempts that failed; undefined if none did. */
  tried: readonly FailedAttempt[] | undefined
  /** Undefined if it never waited in the queue. */
  queue: QueueWait | undefined
  /** When the server was reached. */
  dialledMs = 0
  /** Bytes and half-closes, once both sides are there. */
  relay: Relay | undefined
  /** Where the listener has inspectors and a server was reached. */
  inspected: InspectionNotes | undefined
  /** Where another process had it before. */
  came: CameAlive | undefined

  constructor({ sequence, listener, upstream, engine, peer }: ConnectionStart) {
    this.sequence = sequence
    this.listener = listener
    this.upstream = upstream
    this.engine = engine
    this.peer = peer
  }
}

/** The client: whom an accepted PROXY header names, else the peer. In the form of `Peer.remote`. */
export const clientOf = ({ peer, proxied }: ConnectionRecord): string => proxied?.client ?? peer.remote

/** The client, for access lists and what is counted per client: text is made only where there is no number. */
export const clientKeyOf = ({ peer, proxied }: ConnectionRecord): PeerKey => proxied?.client ?? peer.key

/** What is also known of a connection once it has ended. */
export interface EndRecord extends End {
  /** `nowMs()` */
  readonly endedMs: number
  /** Network statistics of both sides, where the engine has them. */
  readonly clientTcp: TcpInfo | undefined
  readonly serverTcp: TcpInfo | undefined
}

/** A living connection, as seen from outside the data path. */
export interface LivingConnection {
  /** Its index in the `Living` that holds it. */
  place: number
  readonly record: ConnectionRecord
  /** Ends it before its time. The first reason stays. */
  cut(end: End): void
  /** The clock that would end it next if nothing happened; undefined if none runs. */
  nextClock(now: number): NextClock | undefined
  /** Network statistics of both sides, where the engine has them. */
  tcpInfo(): { readonly client: TcpInfo | undefined; readonly server: TcpInfo | undefined }
  /** Its timeouts have changed: the clocks are read again soon. */
  reviewClocks(): void
  /** As `Peer.resetIfKilled`, for both sides. */
  resetIfKilled(): void
  /**
   * Stops moving bytes and gives its relay, for another process to go on. One of `goOn`, `handedOver` and `lost` must follow.
   * Undefined if it cannot move.
   */
  give(): GivenRelay | undefined
  /** Goes on with what it gave: no other process took it. */
  goOn(given: GivenRelay): void
  /** Another process has it: it leaves, without an end. */
  handedOver(): void
  /** The process that took it is gone, and its sockets with it. */
  lost(error: Error): void
}

/** What the data path reports about its connections; it counts and logs nothing itself. */
export interface ConnectionEvents {
  opened(connection: LivingConnection): void
  /** It begins to wait for a place at a server. */
  queued(record: ConnectionRecord): void
  /** It does not wait any more. */
  leftQueue(record: ConnectionRecord): void
  /** One attempt failed; another may follow. */
  dialFailed(record: ConnectionRecord, server: Server, error: Error): void
  /** A server was reached. Returns where the bytes of the connection are counted. */
  reached(record: ConnectionRecord, server: Server): Meter
  closed(connection: LivingConnection, ended: EndRecord): void
  /** It came alive of another process. Returns where its further bytes are counted. */
  takenOver(connection: LivingConnection, server: Server): Meter
  /** Another process has it. */
  handedOver(connection: LivingConnection): void
}
