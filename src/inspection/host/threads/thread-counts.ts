import { addCounts } from '../../../stats/counts.ts'
import { Totals } from '../../../stats/totals.ts'
import { CountRow } from '../../shared/count-row.ts'
import type { InspectorPlans, InspectorSet } from '../sets/inspector-set.ts'

/**
 * What all threads of a worker have counted. Each writes into memory of its own for each set; when it ends, what it
 * had reached stays in the sum.
 */
export class ThreadCounts {
  readonly #memories = new Map<object, { setNumber: number; memory: SharedArrayBuffer }[]>()
  readonly #plans = new Map<number, InspectorPlans>()
  readonly #ended = new Totals()

  /** Names the rows in the memories of a set. */
  name({ setNumber, plans }: InspectorSet): void {
    this.#plans.set(setNumber, plans)
    for (const [listener, ones] of plans) for (const { name } of ones) this.#ended.counts('inspector', listener, name)
  }

  add(thread: object, setNumber: number, memory: SharedArrayBuffer): void {
    this.#memories.set(thread, [...(this.#memories.get(thread) ?? []), { setNumber, memory }])
  }

  end(thread: object): void {
    this.#sumOf(thread, this.#ended)
    this.#memories.delete(thread)
  }

  /** What the thread could not count itself. */
  failure(listener: string, inspector: string): void {
    this.#ended.counts('inspector', listener, inspector).failures += 1
  }

  sum(): Totals {
    const sum = new Totals()
    sum.add(this.#ended.all())
    for (const thread of this.#memories.keys()) this.#sumOf(thread, sum)
    return sum
  }

  #sumOf(thread: object, into: Totals): void {
    for (const { setNumber, memory } of this.#memories.get(thread) ?? []) {
      let row = 0
      for (const [listener, plans] of this.#plans.get(setNumber) ?? []) {
        for (const { name } of plans) {
          addCounts('inspector', into.counts('inspector', listener, name), new CountRow(memory, row++).read())
        }
      }
    }
  }
}
