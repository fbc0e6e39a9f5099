import { type Meter, newMeter } from '../engine/meter.ts'
import { endOfDial } from '../proxy/dial/dial.ts'
import type { ConnectionRecord, EndRecord, LivingConnection } from '../proxy/record.ts'
import type { Server } from '../upstream/pool.ts'
import { type Histogram, record } from './histogram.ts'
import type { DIAL_FAILURES, ListenerCounts, ServerCounts } from './metrics.ts'
import type { Totals } from './totals.ts'

/** The traffic between the clients of a listener and one server: its bytes count for both. */
interface ServerTally {
  readonly counts: ServerCounts
  readonly meter: Meter
  /** Of the upstream. */
  readonly dialDuration: Histogram
  connections: number
}

/**
 * Counts the connections of one listener in a worker, as things happen: nothing walks over the living connections. Relays
 * count each delivery once, in the meter of its listener and server; from there the bytes go into the totals.
 */
export class Tally {
  readonly #listener: ListenerCounts
  readonly #totals: Totals
  /** Servers that had connections since the bytes were last taken over. */
  readonly #servers = new Map<Server, ServerTally>()

  constructor(listener: string, totals: Totals) {
    this.#listener = totals.counts('listener', listener)
    this.#totals = totals
  }

  opened(): void {
    this.#listener.connectionsAccepted += 1
    this.#listener.connectionsActive += 1
  }

  dialFailed({ upstream }: ConnectionRecord, server: Server, error: Error): void {
    const counts = this.#totals.counts('server', upstream, server.name)
    counts.dialFailures += 1
    counts.dialFailuresByReason[reasonOf(error)] += 1
  }

  /** @returns where the connection's bytes are counted */
  reached({ upstream, acceptedMs, dialledMs }: ConnectionRecord, server: Server): Meter {
    const tally = this.#servers.get(server) ?? this.#begin(upstream, server)
    tally.connections += 1
    record(tally.dialDuration, dialledMs - acceptedMs)
    tally.counts.connectionsTotal += 1
    tally.counts.connectionsActive += 1
    return tally.meter
  }

  closed({ record: connection }: LivingConnection, { outcome, endedMs }: EndRecord): void {
    const { outcomes, duration, firstByte } = this.#listener
    const { acceptedMs, dialledMs, relay, server } = connection
    const firstByteMs = relay?.toClient.firstByteMs
    record(duration, endedMs - acceptedMs)
    if (firstByteMs) record(firstByte, firstByteMs - acceptedMs)
    this.#listener.connectionsActive -= 1
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    // A connection that reached no server is in no server's counts.
    const tally = dialledMs > 0 && server && this.#servers.get(server)
    if (!tally) return
    tally.connections -= 1
    tally.counts.connectionsActive -= 1
  }

  /** Brings the bytes in the totals up to date. A server without connections is dropped until it gets one. */
  takeBytes(): void {
    for (const [server, { counts, meter, connections }] of this.#servers) {
      for (const [direction, name] of BYTES) {
        const { bytes } = meter[direction]
        meter[direction].bytes = 0
        counts[name] += bytes
        this.#listener[name] += bytes
      }
      if (connections === 0) this.#servers.delete(server)
    }
  }

  #begin(upstream: string, server: Server): ServerTally {
    const counts = this.#totals.counts('server', upstream, server.name)
    const { dialDuration } = this.#totals.counts('upstream', upstream)
    const tally = { counts, meter: newMeter(), dialDuration, connections: 0 }
    this.#servers.set(server, tally)
    return tally
  }
}

/** What of a failed dial is a label. */
const reasonOf = (error: Error): (typeof DIAL_FAILURES)[number] => {
  const { outcome } = endOfDial(error)
  return outcome === 'dialRefused' ? 'refused' : outcome === 'dialTimeout' ? 'timeout' : 'failed'
}

const BYTES = [
  ['toUpstream', 'bytesToUpstream'],
  ['toClient', 'bytesToClient'],
] as const
