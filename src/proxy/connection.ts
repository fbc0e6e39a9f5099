/**
 * START HERE: a connection's life, top to bottom.
 *
 *   accept ──▶ admit ──▶ dial ──▶ relay ──▶ close
 *                │         │        │         │
 *                ▼         ▼        ▼         ▼
 *             denied    clientGone  clientReset    completed
 *            overLimit  dialRefused upstreamReset
 *                       dialTimeout idleTimeout      (anywhere: drained, internalError;
 *                       dialFailed  stallTimeout      before the relay: resourceExhausted)
 *                       noServer    halfCloseTimeout
 *                                   maxAge
 *                                   blocked, inspectionFailed
 *
 * There is one way out, `#close`. Only `completed` ends with a FIN: any other end resets both sides, so that data which
 * was cut short never looks complete. (A client that is refused for a limit has no data: `onLimit` may close it.)
 */

import { nowMs } from '../clock.ts'
import type { Address } from '../config/fields/address.ts'
import type { Dialling, Peer, RelayEnd, RelayOwner } from '../engine/engine.ts'
import type { Meter } from '../engine/meter.ts'
import type { Server } from '../upstream/pool.ts'
import { admit, leave } from './admit/admit.ts'
import type { Arrival } from './admit/limits/arrivals.ts'
import { type Dialler, DialTimeout, dialUpstream } from './dial/dial.ts'
import type { Inspection } from './inspector.ts'
import { ConnectionEnded, type End } from './outcome.ts'
import { ConnectionRecord, type EndRecord, type LivingConnection } from './record.ts'
import type { Service } from './service.ts'
import { firstLookMs, readClocks } from './timing/clocks.ts'
import { NEVER, type WheelEntry } from './timing/timer-wheel.ts'

/** Serves a client to its end. Never throws: every end is an outcome in the record. */
export const serveConnection = (client: Peer, service: Service): void => void new Connection(client, service).serve()

class Connection implements LivingConnection, WheelEntry, Dialler, RelayOwner {
  readonly record: ConnectionRecord
  place = 0
  slotMs = 0
  slotPlace = 0
  readonly #client: Peer
  readonly #service: Service
  #upstream: Peer | undefined
  #dialDeadlineMs = 0
  /** The step of the dial that is under way. */
  #dialling: Pick<Dialling, 'cancel'> | undefined
  #inspection: Inspection | undefined
  #cut: End | undefined
  #arrival: Arrival | undefined

  constructor(client: Peer, service: Service) {
    this.#client = client
    this.#service = service
    const { engine, listener, nextSequence, pool } = service
    this.record = new ConnectionRecord({
      sequence: nextSequence(),
      listener,
      upstream: pool.name,
      engine: engine.name,
      client,
    })
  }

  async serve(): Promise<void> {
    const { record } = this
    const { admission, events, pool } = this.#service
    events.opened(this)
    try {
      this.#arrival = admit(admission, this.#client)
      record.phase = 'dial'
      this.#client.onGone = (error) => this.cut({ outcome: 'clientGone', endedBy: 'client', error })
      const { peer, server } = await dialUpstream(pool, this)
      this.#upstream = peer
      record.dialledMs = nowMs()
      record.phase = 'relay'
      this.#relay(peer, events.reached(record, server))
    } catch (error) {
      this.#close(this.#endOf(error))
    }
  }

  onRelayEnd(end: RelayEnd): void {
    this.#close(this.#endOfRelay(end))
  }

  cut(end: End): void {
    if (this.#cut !== undefined) return
    this.#cut = end
    if (this.record.relay) this.record.relay.stop()
    else this.#dialling?.cancel(new ConnectionEnded(end))
  }

  resolving(addresses: Promise<readonly Address[]>): Promise<readonly Address[]> {
    return new Promise((resolve, reject) => {
      this.#waitFor({ cancel: reject })
      addresses.then(resolve, reject)
    })
  }

  attempt(server: Server, address: Address): Promise<Peer> {
    this.record.server = server
    this.record.attempts += 1
    const dialling = this.#service.engine.dial(address)
    this.#waitFor(dialling)
    return dialling.peer
  }

  /** Waits for a step of the dial, which may take `connect` and may be cut short. */
  #waitFor(dialling: Pick<Dialling, 'cancel'>): void {
    const { timeouts, wheel } = this.#service
    this.#dialling = dialling
    this.#dialDeadlineMs = nowMs() + timeouts.connectMs
    wheel.wakeWithin(this, timeouts.connectMs)
    if (this.#cut) dialling.cancel(new ConnectionEnded(this.#cut))
  }

  failed(server: Server, error: Error): void {
    // A server whose name has no address was tried as well.
    this.record.server = server
    this.#service.events.dialFailed(this.record, server, error)
  }

  /** From here on the connection holds only what a relay needs: there may be very many that are idle. */
  #relay(upstream: Peer, meter: Meter): void {
    // It may have been cut between the connect and here.
    if (this.#cut) throw new ConnectionEnded(this.#cut)
    const { engine, inspect, timeouts, wheel } = this.#service
    this.#client.onGone = undefined
    this.#dialling = undefined
    this.#inspection = inspect?.(this, upstream.remote)
    this.record.inspected = this.#inspection?.inspected
    const relay = engine.relay(this.#client, upstream, this, meter, this.#inspection?.tap)
    this.record.relay = relay
    wheel.wakeWithin(this, firstLookMs(timeouts))
    relay.start()
  }

  #endOf(error: unknown): End {
    if (!(error instanceof ConnectionEnded))
      return { outcome: 'internalError', endedBy: 'proxy', error: error as Error }
    // Whatever a dial came to meanwhile, the first reason to end stays.
    return this.#cut ?? error.end
  }

  #endOfRelay(end: RelayEnd): End {
    if (end.how === 'completed') return { outcome: 'completed', endedBy: end.first }
    if (end.how === 'reset') {
      return { outcome: end.by === 'client' ? 'clientReset' : 'upstreamReset', endedBy: end.by, error: end.error }
    }
    return this.#cut ?? { outcome: 'internalError', endedBy: 'proxy', error: new Error('the relay stopped by itself') }
  }

  due(now: number): number {
    const { relay, acceptedMs } = this.record
    if (relay === undefined) {
      if (now < this.#dialDeadlineMs) return this.#dialDeadlineMs
      this.#dialling?.cancel(new DialTimeout('no answer in time'))
      return NEVER
    }
    const clocks = readClocks(relay, this.#service.timeouts, acceptedMs, now)
    // Catching up with its sockets may have ended it.
    if (this.#cut !== undefined) return NEVER
    if (typeof clocks === 'number') return clocks
    this.cut({ outcome: clocks, endedBy: 'proxy' })
    return NEVER
  }

  reviewClocks(): void {
    this.#service.wheel.wakeWithin(this, 0)
  }

  /** The one way out: it releases everything, and the connection is counted and logged once. */
  #close(end: End): void {
    const { record } = this
    const { admission, events, wheel } = this.#service
    this.#cut ??= end
    this.#client.onGone = undefined
    wheel.remove(this)
    const clientTcp = this.#client.tcpInfo()
    const serverTcp = this.#upstream?.tcpInfo()
    for (const peer of [this.#client, this.#upstream]) {
      if (end.outcome === 'completed' || end.withFin) peer?.close()
      else peer?.reset()
    }
    if (record.phase !== 'admit') leave(admission, this.#arrival)
    const { outcome, endedBy, error } = end
    const ended: EndRecord = { outcome, endedBy, error, endedMs: nowMs(), clientTcp, serverTcp }
    this.#inspection?.closed(record, ended)
    events.closed(this, ended)
  }
}
