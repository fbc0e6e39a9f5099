import { monotonicUs, nowMs } from '../clock.ts'
import { LimitedPlaces } from '../serving/limited-places.ts'
import type { UpstreamState } from '../serving/state.ts'
import { Line, Waiter } from './line.ts'
import type { Server, Sharing } from './server.ts'
import { isOlder, NOBODY, PATIENCE_MS, ticketAt } from './tickets.ts'

/** How often a worker whose clients wait looks for places that others have given back: no event reports those. */
const LOOK_EVERY_MS = 1

/** What a queue needs of the servers of its upstream. */
export interface QueuedServers {
  /** The tier of the servers that are left for a client that has tried these; undefined if none is. */
  tierFor(tried: readonly Server[]): number | undefined
  /** A server with a place that is now the client's; undefined if there is none, or none that is its turn. */
  take(client: string, tried: readonly Server[], ticket: number): Server | undefined
}

/** A client's wait for a server. */
export interface Waiting {
  /** Resolves with a server that it has not tried, and a place there. */
  readonly server: Promise<Server>
  /** Leaves the queue: `server` rejects with `error`. Does nothing once `server` is settled. */
  cancel(error: Error): void
}

/**
 * The clients of an upstream that wait for a place at a server, first come first served over all workers.
 *
 * Each worker keeps its own clients in order, and shows the others at each server the ticket of its oldest client that
 * may be served there. A client gets a place at a server only while nobody shows an older ticket there. So one that has
 * tried what has room holds up nobody, and nobody takes what it waits for.
 */
export class Queue {
  readonly #servers: QueuedServers
  readonly #places: LimitedPlaces
  #inRotation: readonly Server[] = []
  /** None is empty. They are few: the clients of an upstream fail at the same servers. */
  readonly #lines = new Set<Line>()
  #isOn = false
  #lookedMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor({ memory, workerCount }: Sharing, servers: QueuedServers) {
    this.#servers = servers
    this.#places = new LimitedPlaces(memory, workerCount)
  }

  follow({ length, waitingCell }: UpstreamState['queue'], inRotation: readonly Server[]): void {
    this.#isOn = length > 0
    this.#places.follow({ maxConnections: length, ...(waitingCell !== undefined && { limitCell: waitingCell }) })
    const before = this.#inRotation
    this.#inRotation = inRotation
    if (this.#lines.size === 0) return
    const remaining = new Set(inRotation)
    for (const server of before) if (!remaining.has(server)) server.tickets.show(NOBODY)
    for (const line of this.#lines) line.tier = this.#servers.tierFor(line.tried)
    this.#show()
    this.look()
  }

  /** Whether anybody waits, in any worker. */
  get isUsed(): boolean {
    return this.#places.taken > 0
  }

  /** For a client that comes now: it keeps its ticket however often it has to wait. NOBODY where no client may wait. */
  newTicket(): number {
    return this.#isOn ? ticketAt(monotonicUs()) : NOBODY
  }

  /** Undefined if no more clients may wait. One that has waited before may again: nobody takes its turn meanwhile. */
  wait(client: string, tried: readonly Server[], ticket: number, hasWaited: boolean): Waiting | undefined {
    if (hasWaited) this.#places.takeAnyway()
    else if (!this.#places.take()) return undefined
    let cancel: (error: Error) => void = () => {}
    const server = new Promise<Server>((resolve, reject) => {
      // The queue may have come with a new state while the client dialled.
      const waiter = new Waiter(ticket === NOBODY ? ticketAt(monotonicUs()) : ticket, client, tried, resolve)
      this.#add(waiter)
      cancel = (error) => {
        if (waiter.line === undefined) return
        this.#remove(waiter, waiter.line)
        reject(error)
      }
    })
    this.look()
    return { server, cancel }
  }

  /** Gives the oldest clients the places that there are at servers where it is their turn. */
  look(): void {
    if (this.#lines.size === 0) return
    if (this.#isAnyTurn()) this.#serve()
    this.#lookAgain()
  }

  /** Whether there is room for a client of this worker. Looks at all servers: each notes what other workers leave unused. */
  #isAnyTurn(): boolean {
    const now = nowMs()
    const stoodStill = now - this.#lookedMs > PATIENCE_MS / 2
    this.#lookedMs = now
    let isAny = false
    for (const { tickets, hasRoom } of this.#inRotation) {
      if (stoodStill) tickets.showAgain()
      if (tickets.look(hasRoom, now)) isAny = true
    }
    return isAny
  }

  #serve(): void {
    const stuck = new Set<Line>()
    for (let line = this.#oldestLine(stuck); line !== undefined; line = this.#oldestLine(stuck)) {
      const { first } = line
      const server = first && this.#servers.take(first.client, first.tried, first.ticket)
      if (first && server) {
        this.#remove(first, line)
        first.resolve(server)
      } else stuck.add(line)
    }
  }

  #oldestLine(except: ReadonlySet<Line>): Line | undefined {
    let oldest: Line | undefined
    for (const line of this.#lines) {
      if (!except.has(line) && (oldest === undefined || isOlder(ticketOf(line), ticketOf(oldest)))) oldest = line
    }
    return oldest
  }

  #add(waiter: Waiter): void {
    const line = this.#lineOf(waiter.tried)
    line.add(waiter)
    if (line.first === waiter) this.#show()
  }

  #remove(waiter: Waiter, line: Line): void {
    const { first } = line
    line.remove(waiter)
    if (line.first === undefined) this.#lines.delete(line)
    this.#places.giveBack()
    if (first === waiter) this.#show()
  }

  #lineOf(tried: readonly Server[]): Line {
    for (const line of this.#lines) if (line.isOf(tried)) return line
    const line = new Line(tried, this.#servers.tierFor(tried))
    this.#lines.add(line)
    return line
  }

  #show(): void {
    for (const server of this.#inRotation) {
      let oldest = NOBODY
      for (const line of this.#lines) {
        const ticket = ticketOf(line)
        if (line.awaits(server) && (oldest === NOBODY || isOlder(ticket, oldest))) oldest = ticket
      }
      server.tickets.show(oldest)
    }
  }

  #lookAgain(): void {
    if (this.#lines.size === 0 || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.look()
    }, LOOK_EVERY_MS).unref()
  }
}

const ticketOf = ({ first }: Line): number => first?.ticket ?? NOBODY
