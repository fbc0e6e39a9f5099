import { addCounts } from '../../../stats/counts.ts'
import { Totals } from '../../../stats/totals.ts'
import { CountRow } from '../../shared/count-row.ts'
import type { InspectorPlans, InspectorSet, InspectorSources, SetSource } from '../sets/inspector-set.ts'

/** Where one thread counts what its inspectors of one set do. */
interface SetMemory {
  readonly set: SetSource
  readonly memory: SharedArrayBuffer
}

/**
 * The counts of all threads of a worker. Each thread writes into memory of its own for each set; when it unloads the set,
 * or ends, the counts stay in the sum.
 */
export class ThreadCounts {
  readonly #memories = new Map<object, readonly SetMemory[]>()
  /** Weakly: they go with the last memory of their set. */
  readonly #plans = new WeakMap<InspectorSources, InspectorPlans>()
  readonly #ended = new Totals()

  /** Names the rows in the memories of a set. */
  name({ sources, plans }: InspectorSet): void {
    this.#plans.set(sources, plans)
    for (const [listener, ones] of plans) for (const { name } of ones) this.#ended.counts('inspector', listener, name)
  }

  add(thread: object, set: SetSource, memory: SharedArrayBuffer): void {
    this.#memories.set(thread, [...(this.#memories.get(thread) ?? []), { set, memory }])
  }

  /** The thread has unloaded the set, and counts nothing there any more. */
  unload(thread: object, setNumber: number): void {
    const memories = this.#memories.get(thread) ?? []
    const done = memories.filter(({ set }) => set.setNumber === setNumber)
    this.#sumOf(done, this.#ended)
    this.#memories.set(
      thread,
      memories.filter((memory) => !done.includes(memory)),
    )
  }

  /** The thread has ended. */
  end(thread: object): void {
    this.#sumOf(this.#memories.get(thread) ?? [], this.#ended)
    this.#memories.delete(thread)
  }

  /** Counts a failure that the thread could not count itself. */
  failure(listener: string, inspector: string): void {
    this.#ended.counts('inspector', listener, inspector).failures += 1
  }

  sum(): Totals {
    const sum = new Totals()
    sum.add(this.#ended.all())
    for (const memories of this.#memories.values()) this.#sumOf(memories, sum)
    return sum
  }

  #sumOf(memories: readonly SetMemory[], into: Totals): void {
    for (const { set, memory } of memories) {
      let row = 0
      for (const [listener, plans] of this.#plans.get(set.sources) ?? []) {
        for (const { name } of plans) {
          addCounts('inspector', into.counts('inspector', listener, name), new CountRow(memory, row++).read())
        }
      }
    }
  }
}
