import type { Server } from './server.ts'
import { isOlder } from './tickets.ts'

/** A client in the queue. */
export class Waiter {
  readonly ticket: number
  readonly client: string
  /** The servers that have failed for it: it waits for another one. */
  readonly tried: readonly Server[]
  readonly resolve: (server: Server) => void
  /** While it stands in a line. */
  line: Line | undefined
  before: Waiter | undefined
  after: Waiter | undefined

  constructor(ticket: number, client: string, tried: readonly Server[], resolve: (server: Server) => void) {
    this.ticket = ticket
    this.client = client
    this.tried = tried
    this.resolve = resolve
  }
}

/** The clients of a worker that wait for the same servers, because they have tried the same. The oldest ticket is first. */
export class Line {
  readonly tried: readonly Server[]
  /** The tier whose servers they wait for; undefined while no server is left for them. */
  tier: number | undefined
  #first: Waiter | undefined
  #last: Waiter | undefined

  constructor(tried: readonly Server[], tier: number | undefined) {
    this.tried = tried
    this.tier = tier
  }

  /** Undefined if nobody stands here. */
  get first(): Waiter | undefined {
    return this.#first
  }

  isOf(tried: readonly Server[]): boolean {
    return tried.length === this.tried.length && tried.every((server) => this.tried.includes(server))
  }

  awaits(server: Server): boolean {
    return server.tier === this.tier && !this.tried.includes(server)
  }

  /** Most who come have the youngest ticket: only one that has dialled before may have an older one. */
  add(waiter: Waiter): void {
    let before = this.#last
    while (before !== undefined && isOlder(waiter.ticket, before.ticket)) before = before.before
    const after = before === undefined ? this.#first : before.after
    this.#join(before, waiter)
    this.#join(waiter, after)
    waiter.line = this
  }

  remove(waiter: Waiter): void {
    this.#join(waiter.before, waiter.after)
    waiter.line = undefined
  }

  #join(before: Waiter | undefined, after: Waiter | undefined): void {
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
  }
}
