/**
 * START HERE: a connection's life, top to bottom.
 *
 *   accept ──▶ admit ──▶ preread ────▶ dial ─────▶ relay ─────▶ close
 *                │          │            │           │            │
 *                ▼          ▼            ▼           ▼            ▼
 *             denied   badProxyHeader clientGone  clientReset  completed
 *            overLimit prereadTimeout dialRefused upstreamReset
 *                      denied         dialTimeout idleTimeout      (anywhere: drained, internalError;
 *                      clientGone     dialFailed  stallTimeout      before the relay: resourceExhausted)
 *                                     noServer    halfCloseTimeout
 *                                                 maxAge
 *                                                 blocked, inspectionFailed
 *                                                 serverDown
 *
 * Nothing is prefixed to the bytes of most clients: then there is no preread.
 *
 * There is one way out, `#close`. Only `completed` ends with a FIN: any other end resets both sides, so that data which
 * was cut short never looks complete. (A client that is refused for a limit has no data: `onLimit` may close it.)
 */

import { nowMs } from '../clock.ts'
import type { Address } from '../config/fields/address.ts'
import type { Peer, RelayEnd, RelayOwner } from '../engine/engine.ts'
import type { Meter } from '../engine/meter.ts'
import type { AcceptedHeaders } from '../serving/state.ts'
import type { Server } from '../upstream/pool.ts'
import { admit, admitClient, leave } from './admit/admit.ts'
import type { Arrival } from './admit/limits/arrivals.ts'
import { headerFor, proxiedClient } from './admit/proxy-header/client-header.ts'
import type { ProxyHeader } from './admit/proxy-header/header.ts'
import { receiveHeader } from './admit/proxy-header/receive-header.ts'
import { type Dialler, dialUpstream } from './dial/dial.ts'
import { endOfError, endOfRelay } from './ends.ts'
import type { Inspection } from './inspector.ts'
import { ConnectionEnded, type End } from './outcome.ts'
import { type ConnectionRecord, clientKeyOf, type EndRecord, type LivingConnection } from './record.ts'
import { newRecord, type Service } from './service.ts'
import { lateError, type Step } from './step.ts'
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
  /** The step that is under way, and until when it may take. */
  #step: Step | undefined
  #stepDeadlineMs = 0
  #inspection: Inspection | undefined
  #cut: End | undefined
  #arrival: Arrival | undefined

  constructor(client: Peer, service: Service) {
    this.#client = client
    this.#service = service
    this.record = newRecord(client, service)
  }

  async serve(): Promise<void> {
    const { record } = this
    const { acceptProxyProtocol, admission, events, idOf, pool } = this.#service
    events.opened(this)
    try {
      // Whom a PROXY header names is not known yet.
      this.#arrival = admit(admission, acceptProxyProtocol ? undefined : this.#client.key)
      this.#client.onGone = (error) => this.cut({ outcome: 'clientGone', endedBy: 'client', error })
      const header = acceptProxyProtocol && (await this.#preread(acceptProxyProtocol))
      record.phase = 'dial'
      const { peer, server } = await dialUpstream(pool, this)
      this.#upstream = peer
      record.dialledMs = nowMs()
      if (pool.sendsHeader) peer.writeFirst(headerFor(pool.sendsHeader, this.#client, header, idOf(record)))
      record.phase = 'relay'
      this.#relay(peer, events.reached(record, server))
    } catch (error) {
      this.#close(endOfError(error, this.#cut))
    }
  }

  onRelayEnd(end: RelayEnd): void {
    this.#close(endOfRelay(end, this.#cut))
  }

  cut(end: End): void {
    if (this.#cut !== undefined) return
    this.#cut = end
    if (this.record.relay) this.record.relay.stop()
    else this.#step?.cancel(new ConnectionEnded(end))
  }

  /** Waits for what a client must send before a server is dialled, and takes it. */
  async #preread(accepted: AcceptedHeaders): Promise<ProxyHeader> {
    const { record } = this
    record.phase = 'preread'
    const deadlineMs = record.acceptedMs + this.#service.timeouts.prereadMs
    const header = await receiveHeader(this.#client, accepted, (peek) => this.#waitFor(peek, deadlineMs - nowMs()))
    record.proxied = proxiedClient(header)
    this.#arrival = admitClient(this.#service.admission, clientKeyOf(record))
    return header
  }

  resolving(addresses: Promise<readonly Address[]>): Promise<readonly Address[]> {
    return new Promise((resolve, reject) => {
      this.#waitFor({ cancel: reject }, this.#service.timeouts.connectMs)
      addresses.then(resolve, reject)
    })
  }

  attempt(server: Server, address: Address): Promise<Peer> {
    this.record.server = server
    this.record.attempts += 1
    const dialling = this.#service.engine.dial(address)
    this.#waitFor(dialling, this.#service.timeouts.connectMs)
    return dialling.peer
  }

  /** Waits for a step, which may be cut short. */
  #waitFor(step: Step, withinMs: number): void {
    this.#step = step
    this.#stepDeadlineMs = nowMs() + withinMs
    this.#service.wheel.wakeWithin(this, withinMs)
    if (this.#cut) step.cancel(new ConnectionEnded(this.#cut))
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
    this.#step = undefined
    this.#inspection = inspect?.(this, upstream.remote)
    this.record.inspected = this.#inspection?.inspected
    const relay = engine.relay(this.#client, upstream, this, meter, this.#inspection?.tap)
    this.record.relay = relay
    wheel.wakeWithin(this, firstLookMs(timeouts))
    relay.start()
  }

  due(now: number): number {
    const { acceptedMs, phase, relay } = this.record
    if (relay === undefined) {
      if (now < this.#stepDeadlineMs) return this.#stepDeadlineMs
      this.#step?.cancel(lateError(phase))
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
