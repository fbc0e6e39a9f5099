import { hrtime } from 'node:process'
import type { RateLimit } from '../../../config/fields/limits.ts'
import type { PeerKey } from '../../../engine/peer.ts'
import { type ClientLimits, type ClientTable, REFUSED, TOO_SOON } from '../../../serving/clients/client-table.ts'
import { type Pace, paceOf } from '../../../serving/clients/token-bucket.ts'
import type { ArrivalLimits } from '../../../serving/state.ts'
import type { ListenerLimit } from '../../outcome.ts'
import { clientKey } from './client-key.ts'
import type { ArrivalCounts } from './client-tables.ts'

/** Where the client of an admitted connection is counted. */
export interface Arrival {
  readonly table: ClientTable
  /** Undefined where the client is not counted. */
  readonly entry: number | undefined
}

/**
 * The limits on how the clients of a listener come: the connections of each client, and new connections in a time, of all
 * clients and of each. Another one is made when they change; what was counted before stays where it is.
 */
export class Arrivals {
  readonly #counts: ArrivalCounts
  /** Undefined where clients are not counted one by one. */
  readonly #client: ClientLimits | undefined
  readonly #pace: Pace | undefined

  /** @param workers how many workers the limits are divided among: 1 where they count together */
  constructor({ connectionsPerClient, rate, ratePerClient }: ArrivalLimits, counts: ArrivalCounts, workers: number) {
    this.#counts = counts
    this.#pace = rate && paceOf(shareOf(rate, workers))
    if (connectionsPerClient === Infinity && ratePerClient === undefined) return
    this.#client = {
      connections: Math.ceil(connectionsPerClient / workers),
      pace: ratePerClient && paceOf(shareOf(ratePerClient, workers)),
    }
  }

  /** Counts a connection, unless it is beyond a limit: then returns that. Every arrival must leave. */
  take(client: PeerKey): Arrival | ListenerLimit {
    const { table, listener, bucket } = this.#counts
    const key = this.#client && clientKey(listener, client)
    if (this.#client === undefined || key === undefined) {
      return this.#pace === undefined || bucket.take(this.#pace, hrtime.bigint)
        ? { table, entry: undefined }
        : 'connectionRate'
    }
    const entry = table.enter(key, this.#client, hrtime.bigint)
    if (entry === REFUSED) return 'maxConnectionsPerClient'
    if (entry === TOO_SOON) return 'connectionRatePerClient'
    if (this.#pace === undefined || bucket.take(this.#pace, hrtime.bigint)) return { table, entry }
    table.undo(entry, this.#client)
    return 'connectionRate'
  }

  /** Counts a connection that another process has admitted, whatever the limits are. It came long ago: no rate counts it. */
  takeAnyway(client: PeerKey): Arrival {
    const { table, listener } = this.#counts
    const key = this.#client && clientKey(listener, client)
    const entry = key === undefined ? REFUSED : table.enter(key, NO_LIMITS, hrtime.bigint)
    return { table, entry: entry >= 0 ? entry : undefined }
  }
}

const NO_LIMITS: ClientLimits = { connections: Number.POSITIVE_INFINITY, pace: undefined }

export const leaveTable = ({ table, entry }: Arrival): void => {
  if (entry !== undefined) table.leave(entry)
}

const shareOf = ({ count, perMs, burst }: RateLimit, workers: number): RateLimit => ({
  count,
  perMs: perMs * workers,
  burst: Math.ceil(burst / workers),
})
