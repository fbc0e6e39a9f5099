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
 *                      overLimit      noServer    halfCloseTimeout
 *                                     overLimit   maxAge
 *                                     queueTimeout blocked, inspectionFailed
 *                                                 serverDown, killed
 *
 * Most clients send no PROXY header first: then there is no preread. The dial begins with a wait in the queue if every
 * server is full.
 *
 * There is one way out, `close`. `completed` ends with a FIN. Any other end resets both sides, so that data which was
 * cut short never looks complete, but for two that are asked for: a client that is refused for a limit has no data, and
 * `onLimit` may close it; and an operator may have a connection closed.
 */

import { nowMs } from '../clock.ts'
import type { HandOver, Peer, RelayEnd } from '../engine/engine.ts'
import { adoptPeers } from '../engine/hand-over/adopt-peers.ts'
import type { Meter } from '../engine/meter.ts'
import type { Server } from '../upstream/server.ts'
import { admit, leave } from './admit/admit.ts'
import type { Arrival } from './admit/limits/arrivals.ts'
import { headerFor } from './admit/proxy-header/client-header.ts'
import { dialUpstream } from './dial/dial.ts'
import { endOfError, endOfRelay, pendingOf } from './ends.ts'
import type { GivenConnection } from './hand-over/given-connection.ts'
import { Movable } from './hand-over/movable.ts'
import type { Inspection } from './inspector.ts'
import { ConnectionEnded, type End } from './outcome.ts'
import type { EndRecord, NextClock } from './record.ts'
import type { Service } from './service.ts'
import { Steps, type StepsOwner } from './steps.ts'
import { firstLookMs, nextClockOf, readClocks } from './timing/clocks.ts'
import { NEVER } from './timing/timer-wheel.ts'

/** Serves a client to its end. Never throws: every end is an outcome in the record. */
export const serveConnection = (client: Peer, service: Service): void => void new Connection(client, service).serve()

/**
 * Serves a client whose connection came alive of another process.
 *
 * @throws the system's error if its sockets cannot be taken; they are reset then
 */
export const goOnServing = (given: GivenConnection, handOver: HandOver, service: Service, server: Server): void => {
  const { client, upstream } = adoptPeers(given.relay, handOver)
  new Connection(client, service).takeOver(given, upstream, server)
}

class Connection extends Movable implements StepsOwner {
  /** Until the relay begins. */
  #steps: Steps | undefined
  #inspection: Inspection | undefined

  async serve(): Promise<void> {
    const { record } = this
    const { acceptProxyProtocol, admission, events, idOf, pool } = this.service
    events.opened(this)
    const steps = new Steps(record, this.service, this)
    this.#steps = steps
    try {
      // Whom a PROXY header names is not known yet.
      this.arrival = admit(admission, acceptProxyProtocol ? undefined : this.client.key)
      this.client.onGone = (error) => this.cut({ outcome: 'clientGone', endedBy: 'client', error })
      const header = acceptProxyProtocol && (await steps.preread(acceptProxyProtocol))
      record.phase = 'dial'
      const { peer, server } = await dialUpstream(pool, steps)
      this.upstream = peer
      record.dialledMs = nowMs()
      if (pool.sendsHeader) peer.writeFirst(headerFor(pool.sendsHeader, this.client, header, idOf(record)))
      record.phase = 'relay'
      this.#relay(peer, events.reached(record, server))
    } catch (error) {
      this.close(endOfError(error, this.cutShort))
    }
  }

  onRelayEnd(end: RelayEnd): void {
    this.close(endOfRelay(end, this.cutShort))
  }

  /** Its client is known only now. */
  onArrival(arrival: Arrival | undefined): void {
    this.arrival = arrival
  }

  cut(end: End): void {
    if (this.cutShort !== undefined) return
    const { relay } = this.record
    this.cutShort = relay ? { ...end, pending: pendingOf(relay) } : end
    if (relay) relay.stop()
    else this.#steps?.cancel(end)
  }

  /** From here on the connection holds only what a relay needs: there may be very many that are idle. */
  #relay(upstream: Peer, meter: Meter): void {
    // It may have been cut between the connect and here.
    if (this.cutShort) throw new ConnectionEnded(this.cutShort)
    const { engine, inspect, timeouts, wheel } = this.service
    this.client.onGone = undefined
    this.#steps = undefined
    this.#inspection = inspect?.(this, upstream.remote)
    this.record.inspected = this.#inspection?.inspected
    const relay = engine.relay(this.client, upstream, this, meter, this.#inspection?.tap)
    this.record.relay = relay
    wheel.wakeWithin(this, firstLookMs(timeouts))
    relay.start()
  }

  due(now: number): number {
    const { acceptedMs, relay } = this.record
    if (relay === undefined) return this.#steps?.due(now) ?? NEVER
    const clocks = readClocks(relay, this.service.timeouts, acceptedMs, now)
    // Catching up with its sockets may have ended it.
    if (this.cutShort !== undefined) return NEVER
    if (typeof clocks === 'number') return clocks
    this.cut({ outcome: clocks, endedBy: 'proxy' })
    return NEVER
  }

  nextClock(now: number): NextClock | undefined {
    const { acceptedMs, relay } = this.record
    return relay ? nextClockOf(relay, this.service.timeouts, acceptedMs, now) : this.#steps?.nextClock()
  }

  reviewClocks(): void {
    this.service.wheel.wakeWithin(this, 0)
  }

  /** The one way out: it releases everything, and the connection is counted and logged once. */
  protected close(end: End): void {
    const { record } = this
    const { admission, events, wheel } = this.service
    this.cutShort ??= end
    this.client.onGone = undefined
    wheel.remove(this)
    const clientTcp = this.client.tcpInfo()
    const serverTcp = this.upstream?.tcpInfo()
    for (const peer of [this.client, this.upstream]) {
      if (end.outcome === 'completed' || end.withFin) peer?.close()
      else peer?.reset()
    }
    // Its place at the server counts until the sockets are closed.
    if (this.upstream) record.server?.giveBack()
    if (record.phase !== 'admit') leave(admission, this.arrival)
    // Field by field: with `...end` what reads it meets many shapes (measured: 8 % of a short connection's CPU).
    const { outcome, endedBy, error, withFin, limit, pending } = end
    const endedMs = nowMs()
    const ended: EndRecord = { outcome, endedBy, error, withFin, limit, pending, endedMs, clientTcp, serverTcp }
    this.#inspection?.closed(record, ended)
    events.closed(this, ended)
  }
}
