import type { Peer, RelayEnd, RelayOwner } from '../../engine/engine.ts'
import { adoptPeers } from '../../engine/hand-over/adopt-peers.ts'
import type { GivenRelay } from '../../engine/hand-over/given-relay.ts'
import type { Meter } from '../../engine/meter.ts'
import type { Server } from '../../upstream/server.ts'
import { admitAnyway, leave } from '../admit/admit.ts'
import type { Arrival } from '../admit/limits/arrivals.ts'
import type { End } from '../outcome.ts'
import { type ConnectionRecord, clientKeyOf, type LivingConnection, type NextClock } from '../record.ts'
import { newRecord, type Service } from '../service.ts'
import type { WheelEntry } from '../timing/timer-wheel.ts'
import { type GivenConnection, takeFacts } from './given-connection.ts'

/**
 * What a connection holds while it lives, and its way from one process to another:
 *
 *   giver:  give ──▶ sent ──▶ handedOver          (or `goOn`: nobody took it; or `lost`: its taker is gone)
 *   taker:                └──▶ takeOver ──▶ relay
 */
export abstract class Movable implements LivingConnection, RelayOwner, WheelEntry {
  readonly record: ConnectionRecord
  place = 0
  slotMs = 0
  slotPlace = 0
  /** Why it was cut short, or has ended. */
  cutShort: End | undefined
  protected client: Peer
  protected upstream: Peer | undefined
  protected readonly service: Service
  /** How its client is counted, where clients are. */
  protected arrival: Arrival | undefined

  constructor(client: Peer, service: Service) {
    this.client = client
    this.service = service
    this.record = newRecord(client, service)
  }

  abstract onRelayEnd(end: RelayEnd): void
  abstract due(now: number): number
  abstract cut(end: End): void
  abstract nextClock(now: number): NextClock | undefined
  abstract reviewClocks(): void
  protected abstract close(end: End): void

  give(): GivenRelay | undefined {
    const given = this.cutShort ? undefined : this.record.relay?.give()
    if (given) this.service.wheel.remove(this)
    return given
  }

  handedOver(): void {
    const { admission, events } = this.service
    this.record.server?.giveBack()
    leave(admission, this.arrival)
    events.handedOver(this)
  }

  lost(error: Error): void {
    this.close({ outcome: 'internalError', endedBy: 'proxy', error })
  }

  goOn(given: GivenRelay): void {
    const { engine, events } = this.service
    const { server } = this.record
    if (engine.handOver === undefined || server === undefined) throw new Error('only what was given can go on')
    try {
      const { client, upstream } = adoptPeers(given, engine.handOver)
      this.client = client
      events.handedOver(this)
      this.#relayOn(given, upstream, events.takenOver(this, server))
    } catch (error) {
      this.lost(error as Error)
    }
  }

  takeOver({ facts, relay }: GivenConnection, upstream: Peer, server: Server): void {
    const { admission, events } = this.service
    takeFacts(this.record, facts, server)
    this.arrival = admitAnyway(admission, clientKeyOf(this.record))
    server.takeAnyway()
    this.#relayOn(relay, upstream, events.takenOver(this, server))
  }

  /** Its clocks are read at once: one may be due. */
  #relayOn(given: GivenRelay, upstream: Peer, meter: Meter): void {
    const { engine, wheel } = this.service
    this.upstream = upstream
    const relay = engine.relay(this.client, upstream, this, meter)
    this.record.relay = relay
    wheel.wakeWithin(this, 0)
    relay.start(given)
    // It may have been cut while nobody had its relay.
    if (this.cutShort) relay.stop()
  }

  resetIfKilled(): void {
    this.client.resetIfKilled()
    this.upstream?.resetIfKilled()
  }

  tcpInfo() {
    return { client: this.client.tcpInfo(), server: this.upstream?.tcpInfo() }
  }
}
