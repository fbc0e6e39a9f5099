import { SharedMemory } from '../../src/serving/shared-memory.ts'
import type { ServerState, UpstreamState } from '../../src/serving/state.ts'
import { Pool } from '../../src/upstream/pool.ts'
import type { Waiting } from '../../src/upstream/queue.ts'
import type { Server } from '../../src/upstream/server.ts'
import { sharedNumbers } from './shared-numbers.ts'
import { serverState, upstreamState } from './states.ts'

/** The cell in which the workers count those that wait; two more for each server follow. */
export const WAITING_CELL = 0
export const limitCellOf = (port: number): number => 2 * port - 1
export const ticketsCellOf = (port: number): number => 2 * port

/** A server with so many places, by its port; Infinity for one without a limit. */
export const queuedServer = (
  port: number,
  maxConnections: number,
  changes: Partial<ServerState> = {},
): [string, ServerState] => {
  const cells = { limitCell: limitCellOf(port), ticketsCell: ticketsCellOf(port) }
  const limited = maxConnections === Number.POSITIVE_INFINITY ? {} : cells
  return [`192.0.2.1:${port}`, serverState(port, { maxConnections, ...limited, ...changes })]
}

/** An upstream in which so many clients may wait. */
export const queuedUpstream = (
  servers: readonly [string, ServerState][],
  length: number,
  changes: Partial<UpstreamState> = {},
): UpstreamState =>
  upstreamState(servers, { queue: { length, timeoutMs: 5_000, waitingCell: WAITING_CELL }, ...changes })

/** The pool of an upstream in each of several workers that share memory. */
export const poolsOf = (workers: number, state: UpstreamState, numbers = sharedNumbers(workers)): Pool[] =>
  Array.from({ length: workers }, (_, place) => {
    const pool = new Pool('app', 0, {
      memory: new SharedMemory(numbers, { place, places: workers }),
      workerCount: workers,
    })
    pool.configure(state)
    return pool
  })

/** A place that a client gets at once. */
export const chosenOf = (pool: Pool | undefined, tried: readonly Server[] = [], ticket?: number): Server => {
  const server = pool?.choose('', tried, ticket)
  if (server === undefined) throw new Error('there is no place')
  return server
}

/** A client that has to wait. */
export const waitIn = (pool: Pool | undefined, tried: readonly Server[] = [], ticket?: number): Waiting => {
  const waiting = pool?.wait('', tried, ticket)
  if (waiting === undefined) throw new Error('the queue is full')
  return waiting
}
