/**
 * START HERE: a connection's life, top to bottom.
 *
 *   accept ──▶ admit ──▶ dial ──▶ relay ──▶ close
 *                │         │        │         │
 *                ▼         ▼        ▼         ▼
 *            overLimit  clientGone  clientReset    completed
 *                       dialRefused upstreamReset
 *                       dialTimeout idleTimeout      (anywhere: drained, internalError)
 *                       dialFailed  stallTimeout
 *                       noServer    halfCloseTimeout
 *                       resourceExhausted  maxAge
 *
 * There is one way out, `#close`. Only `completed` ends with a FIN: any other end resets both sides, so that data which
 * was cut short never looks complete.
 */
import type { Address } from '../config/address.ts'
import type { TimeoutsConfig } from '../config/schema.ts'
import type { Engine, Peer, RelayEnd } from '../engine/engine.ts'
import { nowMs } from '../engine/now.ts'
import type { Pool, Server } from '../upstream/pool.ts'
import { type Admission, admit, leave } from './admit.ts'
import type { Timed, TimerWheel } from './clocks.ts'
import type { ConnectionEvents, ConnectionRecord } from './connection-record.ts'
import { readClocks } from './deadlines.ts'
import { type Dialler, DialTimeout, dialUpstream } from './dial.ts'
import { ConnectionEnded, type End } from './outcome.ts'

/** Everything that the connections of one listener share. */
export interface Route {
  readonly listener: string
  readonly timeouts: TimeoutsConfig
  readonly pool: Pool
  readonly admission: Admission
  readonly engine: Engine
  readonly wheel: TimerWheel
  readonly events: ConnectionEvents
  /** The living connections of this worker. */
  readonly living: Set<Connection>
  readonly newConnectionId: () => string
}

/** Serves a client to its end. Never throws: however it ends, the record says so. */
export const serveConnection = (client: Peer, route: Route): Promise<void> => new Connection(client, route).serve()

/** A connection while it lives. */
export class Connection implements Timed, Dialler {
  readonly record: ConnectionRecord
  readonly #client: Peer
  readonly #route: Route
  #upstream: Peer | undefined
  #dialDeadlineMs = Number.POSITIVE_INFINITY
  #cut: End | undefined
  /** Wakes the step that is waiting, when the connection is cut short. */
  #interrupt: ((end: Error) => void) | undefined

  constructor(client: Peer, route: Route) {
    this.#client = client
    this.#route = route
    this.record = openRecord(client, route)
  }

  async serve(): Promise<void> {
    const { record } = this
    const { admission, events, living, pool } = this.#route
    living.add(this)
    events.opened(record)
    let end: End
    try {
      admit(admission)
      try {
        record.phase = 'dial'
        this.#client.onGone = (error) => this.cut({ outcome: 'clientGone', endedBy: 'client', error })
        this.#upstream = await dialUpstream(pool, this)
        record.dialledMs = nowMs()
        record.phase = 'relay'
        end = await this.#relay(this.#upstream)
      } finally {
        leave(admission)
      }
    } catch (error) {
      end =
        error instanceof ConnectionEnded
          ? error.end
          : { outcome: 'internalError', endedBy: 'proxy', error: error as Error }
    }
    this.#close(end)
  }

  /** Ends the connection before its time. The first reason stays. */
  cut(end: End): void {
    if (this.#cut !== undefined) return
    this.#cut = end
    this.#interrupt?.(new ConnectionEnded(end))
  }

  async attempt(server: Server, address: Address): Promise<Peer> {
    if (this.#cut) throw new ConnectionEnded(this.#cut)
    this.record.server = server
    this.record.attempts += 1
    const dialling = this.#route.engine.dial(address)
    this.#interrupt = dialling.cancel
    this.#dialDeadlineMs = nowMs() + this.#route.timeouts.connectMs
    this.#route.wheel.set(this, this.#dialDeadlineMs)
    try {
      return await dialling.peer
    } finally {
      this.#interrupt = undefined
      this.#dialDeadlineMs = Number.POSITIVE_INFINITY
    }
  }

  failed(server: Server, error: Error): void {
    this.#route.events.dialFailed(this.record, server, error)
  }

  async #relay(upstream: Peer): Promise<End> {
    // It may have been cut between the connect and here.
    if (this.#cut) throw new ConnectionEnded(this.#cut)
    const relay = this.#route.engine.relay(this.#client, upstream)
    this.record.relay = relay
    this.#interrupt = () => relay.stop()
    this.#route.wheel.set(this, this.due(nowMs()))
    return this.#endOf(await relay.ended)
  }

  #endOf(end: RelayEnd): End {
    if (this.#cut) return this.#cut
    if (end.how === 'completed') return { outcome: 'completed', endedBy: end.first }
    if (end.how === 'reset') {
      return { outcome: end.by === 'client' ? 'clientReset' : 'upstreamReset', endedBy: end.by, error: end.error }
    }
    throw new Error('the relay was stopped, and nobody said why')
  }

  due(now: number): number {
    const { relay, acceptedMs } = this.record
    if (relay === undefined) {
      if (now >= this.#dialDeadlineMs) this.#interrupt?.(new DialTimeout('no answer in time'))
      return this.#dialDeadlineMs > now ? this.#dialDeadlineMs : Number.POSITIVE_INFINITY
    }
    const clocks = readClocks(relay, this.#route.timeouts, acceptedMs, now)
    if (clocks.due === undefined) return clocks.lookAgainMs
    this.cut({ outcome: clocks.due, endedBy: 'proxy' })
    return Number.POSITIVE_INFINITY
  }

  /** The one way out: it releases everything, and the connection is counted and logged once. */
  #close(end: End): void {
    const { record } = this
    const { wheel, living, events } = this.#route
    this.#client.onGone = undefined
    this.#interrupt = undefined
    wheel.remove(this)
    living.delete(this)
    for (const peer of [this.#client, this.#upstream]) {
      if (end.outcome === 'completed') peer?.close()
      else peer?.reset()
    }
    record.endedMs = nowMs()
    record.outcome = end.outcome
    record.endedBy = end.endedBy
    record.error = end.error
    events.closed(record)
  }
}

const openRecord = (client: Peer, route: Route): ConnectionRecord => ({
  connectionId: route.newConnectionId(),
  listener: route.listener,
  upstream: route.pool.name,
  engine: route.engine.name,
  client: client.remote,
  acceptedMs: nowMs(),
  phase: 'admit',
  server: undefined,
  attempts: 0,
  dialledMs: 0,
  relay: undefined,
  endedMs: 0,
  outcome: undefined,
  endedBy: undefined,
  error: undefined,
})
