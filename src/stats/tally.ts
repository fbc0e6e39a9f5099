import { nowMs } from '../clock.ts'
import { Living } from '../proxy/living.ts'
import type { ConnectionEvents, ConnectionRecord, Ended, LivingConnection } from '../proxy/record.ts'
import type { Server } from '../upstream/pool.ts'
import { noConnections, noServerCounts, type ServerCounts, type WorkerTotals } from './totals.ts'

/**
 * Folds records into totals: those of ended connections once, those of living ones as they are now. So the totals are
 * current at any moment, and the data path counts nothing.
 */
export class Tally implements ConnectionEvents {
  readonly #ended: WorkerTotals
  /** Every connection that has been opened and not closed. */
  readonly living = new Living<LivingConnection>()

  constructor(listeners: readonly string[], servers: Readonly<Record<string, readonly string[]>>) {
    const entries = Object.entries(servers).map(
      ([upstream, names]) => [upstream, Object.fromEntries(names.map((name) => [name, noServerCounts()]))] as const,
    )
    this.#ended = {
      listeners: Object.fromEntries(listeners.map((name) => [name, noConnections()])),
      servers: Object.fromEntries(entries),
    }
  }

  opened(connection: LivingConnection): void {
    this.living.add(connection)
  }

  dialFailed(record: ConnectionRecord, server: Server): void {
    const counts = this.#ended.servers[record.upstream]?.[server.name]
    if (counts) counts.dialFailures += 1
  }

  closed(connection: LivingConnection, { outcome }: Ended): void {
    const { record } = connection
    this.living.remove(connection)
    fold(this.#ended, record)
    const outcomes = this.#ended.listeners[record.listener]?.outcomes
    if (outcomes) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }

  /** A copy, as of now. */
  totals(): WorkerTotals {
    const totals = structuredClone(this.#ended)
    const now = nowMs()
    this.living.each(({ record }) => {
      record.relay?.refresh(now)
      fold(totals, record)
      const listener = totals.listeners[record.listener]
      if (listener) listener.connectionsActive += 1
      const server = reachedServer(totals, record)
      if (server) server.connectionsActive += 1
    })
    return totals
  }
}

const reachedServer = (totals: WorkerTotals, record: ConnectionRecord): ServerCounts | undefined =>
  record.relay && record.server && totals.servers[record.upstream]?.[record.server.name]

const fold = (totals: WorkerTotals, record: ConnectionRecord): void => {
  const listener = totals.listeners[record.listener]
  if (listener) {
    listener.connectionsAccepted += 1
    addBytes(listener, record)
  }
  const server = reachedServer(totals, record)
  if (server) {
    server.connectionsTotal += 1
    addBytes(server, record)
  }
}

const addBytes = (counts: { bytesToUpstream: number; bytesToClient: number }, record: ConnectionRecord): void => {
  counts.bytesToUpstream += record.relay?.toUpstream.bytes ?? 0
  counts.bytesToClient += record.relay?.toClient.bytes ?? 0
}
