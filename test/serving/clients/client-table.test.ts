/** The table of clients over several workers: no limit is exceeded, whoever is stopped or killed at whichever step. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ClientLayout, SETS, WAYS } from '../../../src/serving/clients/client-layout.ts'
import { type ClientKey, ClientTable, isLockedBy, REFUSED } from '../../../src/serving/clients/client-table.ts'
import { halfSipHash } from '../../../src/serving/clients/half-sip-hash.ts'
import { paceOf } from '../../../src/serving/clients/token-bucket.ts'
import { Random } from '../../support/random.ts'

/** Called before each step of the code under test that others can see: there others may come between, and there it may end. */
let beforeStep = (): void => {}

const STEPS = ['load', 'store', 'sub', 'compareExchange'] as const
const originals = { ...Object.fromEntries(STEPS.map((name) => [name, Atomics[name]])) }

// A spy would keep every call.
beforeAll(() => {
  for (const name of STEPS) {
    const step = Atomics[name] as (...args: unknown[]) => unknown
    const interrupted = (...args: unknown[]): unknown => {
      beforeStep()
      return step(...args)
    }
    Object.assign(Atomics, { [name]: interrupted })
  }
})
afterAll(() => {
  Object.assign(Atomics, originals)
})

const NOW_NS = 1_000_000_000n
const NOW = () => NOW_NS
const client = (low: number, group = 2): ClientKey => ({ group, high: 0, low })

const CROWDED = 7

/** Clients that all belong into this set: with more of them than a set has entries each entry is used again and again. */
const clientsOfOneSet = (count: number): ClientKey[] => {
  const found: ClientKey[] = []
  for (let low = 1; found.length < count; low++)
    if (halfSipHash(0, 0, 2, 0, low) % SETS === CROWDED) found.push(client(low))
  return found
}
const CROWD = clientsOfOneSet(WAYS + 8)

const open = (places: number) => {
  const layout = new ClientLayout(places)
  const numbers = new Int32Array(layout.length)
  const tables = Array.from({ length: places }, (_, place) => new ClientTable(numbers, layout, place))
  return { layout, numbers, tables }
}

/** Whatever is counted or locked, anywhere or in one set. */
const leftIn = (numbers: Int32Array, layout: ClientLayout, first = 0, end = SETS): number[] => {
  const left: number[] = []
  for (let set = first; set < end; set++) {
    const counts = layout.countsOf(set, 0)
    left.push(numbers[layout.lockOf(set)] ?? 0, ...numbers.subarray(counts, counts + WAYS * layout.places))
  }
  return left.filter((number) => number !== 0)
}

/** What the primary does with a dead worker's place. */
const clear = (numbers: Int32Array, layout: ClientLayout, place: number, set: number): void => {
  for (let way = 0; way < WAYS; way++) numbers[layout.countsOf(set, way) + place] = 0
  if (isLockedBy(numbers[layout.lockOf(set)] ?? 0, place)) numbers[layout.lockOf(set)] = 0
}

const unlimited = { connections: Number.POSITIVE_INFINITY, pace: undefined }

describe('a table of clients', () => {
  test('counts each client over all workers, and clients of other listeners and families apart', () => {
    const { tables, numbers, layout } = open(2)
    const [one, other] = tables as [ClientTable, ClientTable]
    const limits = { connections: 2, pace: undefined }
    const entries = [one.enter(client(1), limits, NOW), other.enter(client(1), limits, NOW)]
    expect(entries.every((entry) => entry >= 0)).toBe(true)
    expect([one.enter(client(1), limits, NOW), other.enter(client(1), limits, NOW)]).toEqual([REFUSED, REFUSED])
    const others = [client(2), client(1, 3), client(1, 4)].map((each) => one.enter(each, limits, NOW))
    expect(others.includes(REFUSED)).toBe(false)
    other.leave(entries[1] ?? -1)
    expect(one.enter(client(1), limits, NOW)).not.toBe(REFUSED)
    one.leave(entries[0] ?? -1)
    one.leave(entries[0] ?? -1)
    for (const entry of others) one.leave(entry)
    expect(leftIn(numbers, layout)).toEqual([])
  })

  test('limits the rate of each client, and gives a token back that is not used', () => {
    const [table] = open(1).tables as [ClientTable]
    const limits = { connections: Number.POSITIVE_INFINITY, pace: paceOf({ count: 1, perMs: 1_000, burst: 2 }) }
    const visit = (who: ClientKey, clock: () => bigint): boolean => {
      const entry = table.enter(who, limits, clock)
      if (entry >= 0) table.leave(entry)
      return entry >= 0
    }
    expect([visit(client(1), NOW), visit(client(1), NOW), visit(client(1), NOW)]).toEqual([true, true, false])
    expect(visit(client(2), NOW)).toBe(true)
    table.undo(table.enter(client(2), limits, NOW), limits)
    expect([visit(client(2), NOW), visit(client(2), NOW)]).toEqual([true, false])
    expect(visit(client(1), () => 2n * NOW_NS)).toBe(true)
  })

  test('uses an entry again that counts nothing and whose bucket is full, and else refuses whom there is no room for', () => {
    const [table] = open(1).tables as [ClientTable]
    const pace = paceOf({ count: 1, perMs: 1_000, burst: 1 })
    const living = CROWD.slice(0, 8).map((each) => table.enter(each, unlimited, NOW))
    for (const each of CROWD.slice(8, WAYS)) table.leave(table.enter(each, { ...unlimited, pace }, NOW))
    const newcomer = CROWD[WAYS] as ClientKey
    expect(table.enter(newcomer, unlimited, () => 2n * NOW_NS - 1n)).toBe(REFUSED)
    expect(table.enter(CROWD[0] as ClientKey, unlimited, NOW), 'who is there already').toBe(living[0])
    expect(table.enter(newcomer, unlimited, () => 2n * NOW_NS)).not.toBe(REFUSED)
  })
})

class Killed extends Error {}

interface Worker {
  readonly table: ClientTable
  readonly place: number
  readonly living: { client: number; entry: number }[]
  state: 'idle' | 'busy' | 'dead'
}

/** Workers whose clients come and go, each stopped at any step while others go on, and killed at any step. */
class Workers {
  readonly #random: Random
  readonly #limit: number
  readonly #isPaced: boolean
  readonly #layout: ClientLayout
  readonly #numbers: Int32Array
  readonly #workers: readonly Worker[]
  readonly #pace = paceOf({ count: 1, perMs: 1_000, burst: 2 })
  readonly #taken = new Map<number, bigint[]>()
  #nowNs = NOW_NS
  #between = 0
  #stepsToKill = 0
  entered = 0
  refused = 0
  killed = 0

  constructor(seed: number, { layout, numbers, tables }: ReturnType<typeof open>) {
    this.#random = new Random(seed)
    this.#limit = this.#random.between(1, 3)
    this.#isPaced = this.#random.next() < 0.5
    this.#layout = layout
    this.#numbers = numbers
    this.#workers = tables.map((table, place) => ({ table, place, living: [], state: 'idle' }))
  }

  run(turns: number): void {
    beforeStep = () => this.#step()
    try {
      for (let turn = 0; turn < turns; turn++) {
        this.#between = this.#random.between(0, 12)
        this.#stepsToKill = this.#random.next() < 0.25 ? this.#random.between(1, 150) : Number.POSITIVE_INFINITY
        this.#act()
      }
    } finally {
      beforeStep = () => {}
    }
  }

  end(): void {
    for (const worker of this.#workers) {
      if (worker.state === 'dead') this.#clear(worker)
      for (const { entry } of worker.living.splice(0)) worker.table.leave(entry)
    }
    expect(leftIn(this.#numbers, this.#layout, CROWDED, CROWDED + 1)).toEqual([])
  }

  #step(): void {
    this.#stepsToKill -= 1
    if (this.#stepsToKill === 0) throw new Killed()
    if (this.#between > 0 && this.#random.next() < 0.1) {
      this.#between -= 1
      this.#act()
    }
  }

  #act(): void {
    if (this.#random.next() < 0.2) this.#nowNs += 300_000_000n
    const worker = this.#random.pick(this.#workers)
    if (worker.state === 'busy') return
    if (worker.state === 'dead') return this.#clear(worker)
    worker.state = 'busy'
    try {
      if (worker.living.length > 0 && this.#random.next() < 0.5) this.#leave(worker)
      else this.#enter(worker)
      worker.state = 'idle'
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      worker.living.length = 0
      worker.state = 'dead'
      this.killed += 1
    }
  }

  #enter(worker: Worker): void {
    // A few come often.
    const which = this.#random.next() < 0.5 ? this.#random.between(0, 2) : this.#random.between(0, CROWD.length - 1)
    let nowNs = 0n
    const clock = () => {
      nowNs = this.#nowNs
      return nowNs
    }
    const pace = this.#isPaced ? this.#pace : undefined
    const entry = worker.table.enter(CROWD[which] as ClientKey, { connections: this.#limit, pace }, clock)
    if (entry < 0) {
      this.refused += 1
      return
    }
    this.entered += 1
    worker.living.push({ client: which, entry })
    const living = this.#workers.flatMap((each) => each.living).filter(({ client }) => client === which)
    if (living.length > this.#limit) throw new Error(`${living.length} live, of at most ${this.#limit}`)
    if (new Set(living.map((each) => each.entry)).size > 1) throw new Error('a client is counted in two entries')
    if (this.#isPaced) this.#checkRate(which, nowNs)
  }

  /** At most 2, and one more a second. A worker that was stopped since it read the clock takes at that time. */
  #checkRate(which: number, nowNs: bigint): void {
    const times = [...(this.#taken.get(which) ?? []), nowNs].toSorted((one, other) => Number(one - other))
    this.#taken.set(which, times)
    for (let first = 0; first + 2 < times.length; first++) {
      const spanNs = (times[first + 2] ?? 0n) - (times[first] ?? 0n)
      if (spanNs < 1_000_000_000n) throw new Error(`three came in ${spanNs} ns`)
    }
  }

  #leave(worker: Worker): void {
    const [gone] = worker.living.splice(this.#random.between(0, worker.living.length - 1), 1)
    if (gone) worker.table.leave(gone.entry)
  }

  #clear(worker: Worker): void {
    clear(this.#numbers, this.#layout, worker.place, CROWDED)
    worker.state = 'idle'
  }
}

describe('workers that are stopped and killed at any step', () => {
  const FIRST_SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

  test(`never exceed a client's limits, and leave nothing behind (seeds from ${FIRST_SEED})`, () => {
    let [entered, refused, killed] = [0, 0, 0]
    for (const places of [2, 4]) {
      const shared = open(places)
      for (let seed = FIRST_SEED; seed < FIRST_SEED + 500; seed++) {
        shared.numbers.fill(0, shared.layout.lockOf(CROWDED), shared.layout.lockOf(CROWDED + 1))
        const workers = new Workers(seed, shared)
        try {
          workers.run(80)
          workers.end()
        } catch (error) {
          throw new Error(`SEED=${seed} with ${places} repeats it: ${(error as Error).message}`, { cause: error })
        }
        entered += workers.entered
        refused += workers.refused
        killed += workers.killed
      }
    }
    expect(Math.min(entered, refused, killed), 'each has happened often').toBeGreaterThan(200)
  }, 60_000)
})
