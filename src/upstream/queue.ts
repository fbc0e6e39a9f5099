import { monotonicUs, nowMs } from '../clock.ts'
import type { UpstreamConfig } from '../config/schema.ts'
import { LimitedPlaces } from '../serving/limited-places.ts'
import type { QueueCells } from '../serving/state.ts'
import type { Server, Sharing } from './server.ts'
import { NOBODY, Tickets, ticketAt } from './tickets.ts'

/** How often a worker whose clients wait looks for places that others have given back: no event reports those. */
const LOOK_EVERY_MS = 1
/** How long a worker may leave a place unused when it is its turn, before others pass it over: it may be stopped. */
const PATIENCE_MS = 50

/** What a queue needs of the servers. */
export interface QueuedServers {
  /** Whether any server could take a connection, about now. */
  hasRoom(): boolean
  /** A server with a place that is now the client's; undefined if there is none that it has not tried. */
  take(client: string, tried: readonly Server[]): Server | undefined
}

/** A client in the queue. */
export interface Waiting {
  /** Resolves with a server and a place at it; with undefined if there is a place, but only at servers that were tried. */
  readonly server: Promise<Server | undefined>
  /** Leaves the queue: `server` rejects with `error`. Does nothing once `server` is settled. */
  cancel(error: Error): void
}

interface Waiter {
  readonly ticket: number
  readonly client: string
  readonly tried: readonly Server[]
  resolve(server: Server | undefined): void
}

/**
 * The clients of an upstream that wait for a place at a server, first come first served over all workers.
 *
 * Each worker keeps its own clients in order and shows the ticket of its oldest one to the others. It takes a place only
 * while no other shows an older one. A worker that leaves a place unused when it is its turn is passed over.
 */
export class Queue {
  readonly #servers: QueuedServers
  readonly #sharing: Sharing
  readonly #places: LimitedPlaces
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>()
  /** Undefined where the workers share no memory, or nobody may wait: then this worker's clients have a queue of their own. */
  #tickets: Tickets | undefined
  #cell: number | undefined
  #timer: NodeJS.Timeout | undefined
  /** Since when there is room that another worker does not use, and the ticket that it shows. */
  #unusedSinceMs = 0
  #unusedBy = NOBODY
  #isLooking = false

  constructor(sharing: Sharing, servers: QueuedServers) {
    this.#servers = servers
    this.#sharing = sharing
    this.#places = new LimitedPlaces(sharing.memory, sharing.workerCount)
  }

  follow({ length, cells }: UpstreamConfig['queue'] & { readonly cells?: QueueCells }): void {
    this.#places.follow({ maxConnections: length, ...(cells && { limitCell: cells.waiting }) })
    if (cells?.tickets !== this.#cell) this.#showIn(cells?.tickets)
  }

  /** Whether anybody waits, in any worker: then a new client waits too. */
  get isUsed(): boolean {
    return this.#waiters.size > 0 || (this.#tickets?.isAnyShown ?? false)
  }

  /** Undefined if no more clients may wait. */
  wait(client: string, tried: readonly Server[]): Waiting | undefined {
    if (!this.#places.take()) return undefined
    let leave: (error: Error) => void = () => {}
    const server = new Promise<Server | undefined>((resolve, reject) => {
      const waiter: Waiter = { ticket: ticketAt(monotonicUs()), client, tried, resolve }
      this.#waiters.add(waiter)
      leave = (error) => {
        if (this.#remove(waiter)) reject(error)
      }
    })
    if (this.#waiters.size === 1) this.#showOldest()
    this.look()
    return { server, cancel: leave }
  }

  /** Gives the oldest clients the places that there are, while it is this worker's turn. */
  look(): void {
    // A client that is served may give its place back before this returns.
    if (this.#isLooking || this.#waiters.size === 0) return
    this.#isLooking = true
    for (const waiter of this.#waiters) {
      if (!this.#servers.hasRoom()) this.#unusedBy = NOBODY
      else if (this.#isTurnOf(waiter) && this.#serve(waiter)) continue
      break
    }
    this.#isLooking = false
    this.#lookAgain()
  }

  #serve(waiter: Waiter): boolean {
    const server = this.#servers.take(waiter.client, waiter.tried)
    // Another worker was quicker, or what has room are servers that it has tried: then others may be served there.
    if (server === undefined && waiter.tried.length === 0) return false
    this.#remove(waiter)
    waiter.resolve(server)
    return true
  }

  #isTurnOf({ ticket }: Waiter): boolean {
    const older = this.#tickets?.oldestBefore(ticket) ?? NOBODY
    if (older === NOBODY) return true
    const now = nowMs()
    if (older !== this.#unusedBy) {
      this.#unusedBy = older
      this.#unusedSinceMs = now
    } else if (now - this.#unusedSinceMs > PATIENCE_MS) {
      this.#tickets?.passOver(older)
    }
    return false
  }

  #remove(waiter: Waiter): boolean {
    if (!this.#waiters.delete(waiter)) return false
    this.#places.giveBack()
    this.#showOldest()
    return true
  }

  #showIn(cell: number | undefined): void {
    this.#tickets?.show(NOBODY)
    const { memory } = this.#sharing
    this.#cell = cell
    this.#tickets = cell === undefined || memory === undefined ? undefined : new Tickets(memory.row(cell), memory.place)
    this.#showOldest()
  }

  #showOldest(): void {
    const [oldest] = this.#waiters
    this.#tickets?.show(oldest?.ticket ?? NOBODY)
  }

  #lookAgain(): void {
    if (this.#waiters.size === 0 || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.look()
    }, LOOK_EVERY_MS).unref()
  }
}
