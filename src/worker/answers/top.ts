import { type ConnectionSummary, sortKey } from '../../ipc/connection-parts.ts'
import type { ConnectionsQuery } from '../../ipc/questions.ts'

/** So many more than are wanted are kept before the least are dropped. */
const SPARE = 1_000

/** The `limit` connections that come first in an order, of any number that are added. */
export class Top {
  readonly #query: ConnectionsQuery
  #kept: ConnectionSummary[] = []

  constructor(query: ConnectionsQuery) {
    this.#query = query
  }

  add(connection: ConnectionSummary): void {
    this.#kept.push(connection)
    if (this.#kept.length >= 2 * this.#query.limit + SPARE) this.#drop()
  }

  /** In no order. */
  all(): readonly ConnectionSummary[] {
    this.#drop()
    return this.#kept
  }

  /** Numbers are sorted without a comparison in JavaScript: that keeps it short for tens of thousands, too. */
  #drop(): void {
    const { limit, sort } = this.#query
    if (this.#kept.length <= limit) return
    const keys = Float64Array.from(this.#kept, (connection) => sortKey(connection, sort)).sort()
    const least = keys[keys.length - limit] ?? 0
    let equals = limit - keys.filter((key) => key > least).length
    this.#kept = this.#kept.filter((connection) => {
      const key = sortKey(connection, sort)
      return key > least || (key === least && equals-- > 0)
    })
  }
}
