import { addInspector, type InspectorCounts, noInspectorCounts } from '../stats/inspector-counts.ts'
import { CountRow } from './count-row.ts'
import type { Plans } from './generation.ts'

/** By listener and inspector. */
export type CountsByName = Record<string, Record<string, InspectorCounts>>

/**
 * What all threads of a worker have counted. Each writes into memory of its own for each version; when it ends, what it
 * had reached stays in the sum.
 */
export class ThreadCounts {
  readonly #memories = new Map<object, { generation: number; memory: SharedArrayBuffer }[]>()
  readonly #plans = new Map<number, Plans>()
  readonly #ended: CountsByName = {}

  /** The names of the rows in the memory of a generation. */
  name(generation: number, plans: Plans): void {
    this.#plans.set(generation, plans)
    for (const [listener, ones] of plans) for (const { name } of ones) countsIn(this.#ended, listener, name)
  }

  add(thread: object, generation: number, memory: SharedArrayBuffer): void {
    this.#memories.set(thread, [...(this.#memories.get(thread) ?? []), { generation, memory }])
  }

  end(thread: object): void {
    this.#sumOf(thread, this.#ended)
    this.#memories.delete(thread)
  }

  /** What the thread could not count itself. */
  failure(listener: string, inspector: string): void {
    countsIn(this.#ended, listener, inspector).failures += 1
  }

  sum(): CountsByName {
    const sum = structuredClone(this.#ended)
    for (const thread of this.#memories.keys()) this.#sumOf(thread, sum)
    return sum
  }

  #sumOf(thread: object, into: CountsByName): void {
    for (const { generation, memory } of this.#memories.get(thread) ?? []) {
      let row = 0
      for (const [listener, plans] of this.#plans.get(generation) ?? []) {
        for (const { name } of plans) addInspector(countsIn(into, listener, name), new CountRow(memory, row++).read())
      }
    }
  }
}

const countsIn = (counts: CountsByName, listener: string, inspector: string): InspectorCounts => {
  const ofListener = Object.hasOwn(counts, listener) ? counts[listener] : undefined
  const byName = ofListener ?? {}
  counts[listener] = byName
  const found = Object.hasOwn(byName, inspector) ? byName[inspector] : undefined
  const made = found ?? noInspectorCounts()
  byName[inspector] = made
  return made
}
