import { type Meter, newMeter } from '../engine/meter.ts'
import { endOfDial } from '../proxy/dial/dial.ts'
import type { ConnectionRecord, EndRecord, LivingConnection } from '../proxy/record.ts'
import type { Server } from '../upstream/server.ts'
import { record } from './histogram.ts'
import type { LiveTotals } from './live-totals.ts'
import type { DIAL_FAILURES } from './metrics.ts'
import type { Entry } from './totals.ts'

/** The traffic between the clients of a listener and one server: its bytes count for both. */
interface ServerTally {
  /** Both are there as long as there are connections. */
  readonly entry: Entry<'server'>
  readonly upstream: Entry<'upstream'>
  readonly meter: Meter
  connections: number
}

/**
 * Counts the connections of one listener in a worker, as things happen: nothing walks over the living connections. Relays
 * count each delivery once, in the meter of its listener and server; from there the bytes go into the totals.
 */
export class Tally {
  readonly #listener: Entry<'listener'>
  readonly #totals: LiveTotals
  /** Servers that had connections since the bytes were last taken over. */
  readonly #servers = new Map<Server, ServerTally>()

  constructor(listener: string, totals: LiveTotals) {
    this.#listener = totals.entry('listener', listener)
    this.#totals = totals
  }

  opened(): void {
    const counts = this.#totals.change(this.#listener)
    counts.connectionsAccepted += 1
    counts.connectionsActive += 1
  }

  queued({ upstream }: ConnectionRecord): void {
    this.#totals.change(this.#totals.entry('upstream', upstream)).queued += 1
  }

  leftQueue({ upstream }: ConnectionRecord): void {
    this.#totals.change(this.#totals.entry('upstream', upstream)).queued -= 1
  }

  dialFailed({ upstream }: ConnectionRecord, server: Server, error: Error): void {
    const counts = this.#totals.change(this.#totals.entry('server', upstream, server.name))
    counts.dialFailures += 1
    counts.dialFailuresByReason[reasonOf(error)] += 1
  }

  /** @returns where the connection's bytes are counted */
  reached({ upstream, acceptedMs, dialledMs }: ConnectionRecord, server: Server): Meter {
    const tally = this.#servers.get(server) ?? this.#begin(upstream, server)
    tally.connections += 1
    record(this.#totals.change(tally.upstream).dialDuration, dialledMs - acceptedMs)
    const counts = this.#totals.change(tally.entry)
    counts.connectionsTotal += 1
    counts.connectionsActive += 1
    return tally.meter
  }

  /**
   * One more that another process had accepted and that it gives up: it is counted as accepted there, and as ended here.
   *
   * @returns where the connection's further bytes are counted
   */
  takenOver({ upstream }: ConnectionRecord, server: Server): Meter {
    const tally = this.#servers.get(server) ?? this.#begin(upstream, server)
    tally.connections += 1
    this.#totals.change(this.#listener).connectionsActive += 1
    this.#totals.change(tally.entry).connectionsActive += 1
    return tally.meter
  }

  /** Another process has it: it ends there. */
  handedOver({ server }: ConnectionRecord): void {
    this.#totals.change(this.#listener).connectionsActive -= 1
    this.#leave(server)
  }

  closed({ record: connection }: LivingConnection, { outcome, endedMs }: EndRecord): void {
    const counts = this.#totals.change(this.#listener)
    const { outcomes, duration, firstByte } = counts
    const { acceptedMs, dialledMs, relay, server } = connection
    const firstByteMs = relay?.toClient.firstByteMs
    record(duration, endedMs - acceptedMs)
    if (firstByteMs) record(firstByte, firstByteMs - acceptedMs)
    counts.connectionsActive -= 1
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    // A connection that reached no server is in no server's counts.
    if (dialledMs !== 0) this.#leave(server)
  }

  #leave(server: Server | undefined): void {
    const tally = server && this.#servers.get(server)
    if (!tally) return
    tally.connections -= 1
    this.#totals.change(tally.entry).connectionsActive -= 1
  }

  /** Brings the bytes in the totals up to date. A server without connections is dropped until it gets one. */
  takeBytes(): void {
    for (const [server, { entry, meter, connections }] of this.#servers) {
      if (connections === 0) this.#servers.delete(server)
      if (meter.toUpstream.bytes === 0 && meter.toClient.bytes === 0) continue
      for (const counts of [this.#totals.change(entry), this.#totals.change(this.#listener)]) {
        counts.bytesToUpstream += meter.toUpstream.bytes
        counts.bytesToClient += meter.toClient.bytes
      }
      meter.toUpstream.bytes = 0
      meter.toClient.bytes = 0
    }
  }

  #begin(upstream: string, server: Server): ServerTally {
    const tally = {
      entry: this.#totals.entry('server', upstream, server.name),
      upstream: this.#totals.entry('upstream', upstream),
      meter: newMeter(),
      connections: 0,
    }
    this.#servers.set(server, tally)
    return tally
  }
}

/** What of a failed dial is a label. */
const reasonOf = (error: Error): (typeof DIAL_FAILURES)[number] => {
  const { outcome } = endOfDial(error)
  return outcome === 'dialRefused' ? 'refused' : outcome === 'dialTimeout' ? 'timeout' : 'failed'
}
