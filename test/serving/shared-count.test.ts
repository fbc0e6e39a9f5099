/** The count of a limit over several workers: never exceeded, exact at rest, whoever is killed at whichever step. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { SharedCount } from '../../src/serving/shared-count.ts'
import { SharedLayout, SharedMemory } from '../../src/serving/shared-memory.ts'
import { Random } from '../support/random.ts'
import { sharedNumbers } from '../support/shared-numbers.ts'

/** Called before each step of the code under test that others can see: there others may come between, and there it may end. */
let beforeStep = (): void => {}

beforeAll(() => {
  for (const name of ['load', 'store', 'add', 'sub'] as const) {
    const step = Atomics[name] as (...args: unknown[]) => number
    const interrupted = (...args: unknown[]): number => {
      beforeStep()
      return step(...args)
    }
    // The overloads for 64-bit numbers are not used here.
    vi.spyOn(Atomics, name).mockImplementation(interrupted as never)
  }
})
afterAll(() => {
  vi.restoreAllMocks()
})

const CELL = 3

const countsOf = (places: number, numbers = sharedNumbers(places)) =>
  Array.from({ length: places }, (_, place) => new SharedMemory(numbers, { place, places }).count(CELL))

describe('a count of several workers', () => {
  test('is one limit for all: whoever comes first takes, and what one gives back another may take', () => {
    const [one, other] = countsOf(2)
    expect([one?.take(3), one?.take(3), other?.take(3)]).toEqual([true, true, true])
    expect([one?.take(3), other?.take(3)]).toEqual([false, false])
    one?.giveBack()
    expect(one?.take(2), 'the limit was lowered').toBe(false)
    expect([other?.take(3), other?.take(3)]).toEqual([true, false])
  })

  test('counts what lives already, also beyond the limit', () => {
    const [one, other] = countsOf(2)
    one?.add(5)
    expect(other?.take(5)).toBe(false)
    one?.add(-1)
    expect([other?.take(5), other?.take(5)]).toEqual([true, false])
  })

  test('has a row of its own, apart from the other cells and the loads', () => {
    const numbers = sharedNumbers(40)
    const memories = Array.from({ length: 40 }, (_, place) => new SharedMemory(numbers, { place, places: 40 }))
    for (const memory of memories) memory.count(0).add(1)
    for (const memory of memories) expect(memory.count(1).take(1) && memory.count(1).giveBack()).toBeUndefined()
    expect(memories[0]?.count(0).take(40)).toBe(false)
    expect([...(memories[0]?.loads ?? [])]).toEqual(Array(40).fill(-1))
  })
})

class Killed extends Error {}

interface Worker {
  readonly count: SharedCount
  readonly place: number
  living: number
  state: 'idle' | 'busy' | 'dead'
}

/** Workers that take and give back, each stopped at any step while others go on, and killed at any step. */
class Workers {
  readonly #random: Random
  readonly #limit: number
  readonly #numbers: Int32Array
  readonly #workers: readonly Worker[]
  /** How many more may come between the steps of those that are under way. */
  #between = 0
  #underWay = 0
  taken = 0
  refused = 0
  killed = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
    const places = this.#random.between(1, 5)
    this.#limit = this.#random.between(1, 8)
    this.#numbers = sharedNumbers(places)
    this.#workers = countsOf(places, this.#numbers).map((count, place) => ({
      count,
      place,
      living: 0,
      state: 'idle',
    }))
  }

  get #living(): number {
    return this.#workers.reduce((sum, { living }) => sum + living, 0)
  }

  run(turns: number): void {
    beforeStep = () => this.#step()
    try {
      for (let turn = 0; turn < turns; turn++) {
        this.#between = this.#random.between(0, 6)
        this.#act()
      }
    } finally {
      beforeStep = () => {}
    }
  }

  /** The end of all: nothing is left in the memory. */
  end(): void {
    for (const worker of this.#workers) {
      if (worker.state === 'dead') this.#clear(worker)
      while (worker.living > 0) this.#giveBack(worker)
    }
    expect([...this.#numbers].filter((number) => number > 0)).toEqual([])
  }

  #step(): void {
    if (this.#random.next() < 0.02) throw new Killed()
    if (this.#between > 0 && this.#random.next() < 0.3) {
      this.#between -= 1
      this.#act()
    }
  }

  #act(): void {
    const worker = this.#random.pick(this.#workers)
    if (worker.state === 'busy') return
    if (worker.state === 'dead') return this.#clear(worker)
    const isAlone = this.#underWay === 0 && this.#workers.every(({ state }) => state !== 'dead')
    const [stepsOfOthers, hadRoom] = [this.#between, this.#living < this.#limit]
    worker.state = 'busy'
    this.#underWay += 1
    try {
      if (worker.living > 0 && this.#random.next() < 0.45) this.#giveBack(worker)
      else {
        const took = this.#take(worker)
        // Nobody came between: then the answer is exact.
        if (isAlone && this.#between === stepsOfOthers) expect(took).toBe(hadRoom)
      }
      worker.state = 'idle'
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      // The system has closed its connections before the primary hears of it.
      worker.living = 0
      worker.state = 'dead'
      this.killed += 1
    } finally {
      this.#underWay -= 1
    }
  }

  #take(worker: Worker): boolean {
    if (!worker.count.take(this.#limit)) {
      this.refused += 1
      return false
    }
    worker.living += 1
    this.taken += 1
    if (this.#living > this.#limit) throw new Error(`${this.#living} live, of at most ${this.#limit}`)
    return true
  }

  /** A connection is closed first. */
  #giveBack(worker: Worker): void {
    worker.living -= 1
    worker.count.giveBack()
  }

  /** What the primary does with the place of a dead worker, before the next one gets it. */
  #clear(worker: Worker): void {
    this.#numbers[new SharedLayout(this.#workers.length).rowOf(CELL) + worker.place] = 0
    worker.state = 'idle'
  }
}

describe('workers that are stopped and killed at any step', () => {
  const FIRST_SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

  test(`never exceed the limit, and leave nothing behind (seeds from ${FIRST_SEED})`, () => {
    let [taken, refused, killed] = [0, 0, 0]
    for (let seed = FIRST_SEED; seed < FIRST_SEED + 400; seed++) {
      const workers = new Workers(seed)
      try {
        workers.run(150)
        workers.end()
      } catch (error) {
        throw new Error(`SEED=${seed} repeats it: ${(error as Error).message}`, { cause: error })
      }
      taken += workers.taken
      refused += workers.refused
      killed += workers.killed
    }
    expect(Math.min(taken, refused, killed), 'each has happened often').toBeGreaterThan(1_000)
  })
})
