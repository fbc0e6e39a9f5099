import { nowMs } from '../../clock.ts'
import type { ConnectionDetail, ConnectionSummary, EndedDetail } from '../../ipc/connection-parts.ts'
import type { ConnectionsQuery } from '../../ipc/questions.ts'
import type { Living } from '../../proxy/living.ts'
import type { ConnectionRecord, LivingConnection } from '../../proxy/record.ts'
import { ConnectionFacts } from '../../proxy/story/facts.ts'
import type { History } from '../../proxy/story/history.ts'
import type { ConnectionIds } from '../reporting/connection-ids.ts'
import { endedDetail, livingDetail, summary } from './describe.ts'
import { type ConnectionRates, Rates } from './rates.ts'
import { matcher, sortKeyOf } from './select.ts'
import { Top } from './top.ts'

/** How many connections are described before the event loop gets a turn: about a millisecond of work. */
const SLICE = 200

export interface ConnectionsParts {
  readonly workerId: number
  readonly living: Living<LivingConnection>
  readonly history: History
  readonly ids: ConnectionIds
}

/** What a worker can tell of its connections, the living and those that have ended. */
export class Connections {
  readonly #parts: ConnectionsParts
  readonly #rates: Rates
  /** Until when those that ended were told. */
  #toldMs = 0

  constructor(parts: ConnectionsParts) {
    this.#parts = parts
    this.#rates = new Rates(parts.living)
  }

  /** How many match; then the first of them, in no order. In slices, between which the event loop gets a turn. */
  async *list(query: ConnectionsQuery): AsyncGenerator<readonly (ConnectionSummary | { matching: number })[]> {
    const matches = matcher(query)
    const top = new Top<{ connection: LivingConnection; rates: ConnectionRates }>(query.limit)
    let matching = 0
    await this.#rates.begin()
    for await (const connections of this.#parts.living.slices()) {
      const now = nowMs()
      for (const connection of connections) {
        const rates = this.#rates.take(connection, now)
        if (!matches(connection.record)) continue
        matching += 1
        top.add({ connection, rates }, sortKeyOf(connection.record, rates, query.sort, now))
      }
    }
    this.#rates.end()
    yield [{ matching }]
    const chosen = top.all()
    for (let begin = 0; begin < chosen.length; begin += SLICE) {
      await new Promise(setImmediate)
      const now = nowMs()
      yield chosen
        .slice(begin, begin + SLICE)
        .map(({ connection, rates }) => summary(this.#describe(connection), connection, rates, now))
    }
  }

  /** Undefined if nothing is known of it. */
  async detail(connectionId: string): Promise<ConnectionDetail | undefined> {
    const connection = this.find(connectionId)
    if (connection !== undefined) {
      await this.#rates.begin()
      const now = nowMs()
      const rates = this.#rates.take(connection, now)
      // It may have ended meanwhile.
      if (this.find(connectionId)) return livingDetail(this.#describe(connection), connection, rates, now)
    }
    const facts = this.#parts.history.find(this.#isCalled(connectionId))
    return facts && endedDetail(this.#described(facts))
  }

  find(connectionId: string): LivingConnection | undefined {
    const isCalled = this.#isCalled(connectionId)
    return this.#parts.living.find(({ record }) => isCalled(record))
  }

  /** A connection that came alive of another process keeps its ID. */
  #isCalled(connectionId: string): (one: Pick<ConnectionRecord, 'came' | 'sequence'>) => boolean {
    const sequence = this.#parts.ids.sequenceOf(connectionId)
    return (one) => (one.came ? one.came.connectionId === connectionId : one.sequence === sequence)
  }

  /** The last connection of each outcome that came since this was asked last. */
  lastEnded(): EndedDetail[] {
    const all = this.#parts.history.lastOfEach().filter(({ end }) => end !== undefined && end.endedMs > this.#toldMs)
    this.#toldMs = nowMs()
    return all.flatMap((facts) => endedDetail(this.#described(facts)) ?? [])
  }

  #describe({ record }: LivingConnection) {
    return this.#described(new ConnectionFacts().take(record))
  }

  #described(facts: ConnectionFacts) {
    const { ids, workerId } = this.#parts
    return { facts, connectionId: facts.came?.connectionId ?? ids.of(facts.sequence), worker: workerId }
  }
}
