import { ALL_GO_ON, ALL_WAIT, type Answer, type Item } from './messages.ts'

/** Items of one batch, at most. */
export const MOST_ITEMS = 256

/** Who has the word. The main thread asks only a thread that listens. */
const STATE = {
  /** The thread is in its event loop: only a message reaches it. */
  away: 0,
  listening: 1,
  asked: 2,
  /** Asked, but the main thread waits no longer: it has sent a message that collects the answers. */
  overdue: 3,
} as const

/** What stands in the place of an answer that is more than a number. */
const DETAILED = -1

const ITEM_WORDS = 4
const DIRECTIONS = ['toUpstream', 'toClient'] as const
const END = -1

/**
 * Memory through which a batch of chunks and ends is asked and answered without a message: a thread that has just
 * answered listens here for a moment before it goes back to its event loop, and is woken by a single futex(2).
 */
export class DirectLine {
  readonly memory: SharedArrayBuffer
  /** Who has the word, and how many items were asked about. */
  readonly #state: Int32Array
  /** Words of an item: connection, direction, offset, length. Numbers of connections outgrow 32 bits. */
  readonly #items: Float64Array
  readonly #answers: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8 + MOST_ITEMS * (ITEM_WORDS * 8 + 4))) {
    this.memory = memory
    this.#state = new Int32Array(memory, 0, 2)
    this.#items = new Float64Array(memory, 8, MOST_ITEMS * ITEM_WORDS)
    this.#answers = new Int32Array(memory, 8 + MOST_ITEMS * ITEM_WORDS * 8, MOST_ITEMS)
  }

  /** Main thread: sends the thread to its event loop, where a message waits or will. */
  hangUp(): void {
    if (Atomics.compareExchange(this.#state, 0, STATE.listening, STATE.away) === STATE.listening) {
      Atomics.notify(this.#state, 0)
    }
  }

  /**
   * Main thread: asks and waits, asleep, for at most `withinMs`.
   *
   * @returns the answers; `later` if a message has to collect them: they are late, or more than numbers; undefined if
   * nothing was asked: the thread does not listen, or an item is not for this line
   */
  ask(items: readonly Item[], withinMs: number): Answer[] | 'later' | undefined {
    const state = this.#state
    if (Atomics.load(state, 0) !== STATE.listening || !this.#write(items)) return undefined
    if (Atomics.compareExchange(state, 0, STATE.listening, STATE.asked) !== STATE.listening) return undefined
    Atomics.notify(state, 0)
    Atomics.wait(state, 0, STATE.asked, withinMs)
    if (Atomics.compareExchange(state, 0, STATE.asked, STATE.overdue) === STATE.asked) return 'later'
    const answers = [...this.#answers.subarray(0, items.length)]
    return answers.every(isCommon) ? answers : 'later'
  }

  #write(items: readonly Item[]): boolean {
    this.#state[1] = items.length
    let word = 0
    for (const item of items) {
      if (item.kind !== 'chunk' && item.kind !== 'end') return false
      this.#items[word] = item.connection
      this.#items[word + 1] = DIRECTIONS.indexOf(item.direction)
      this.#items[word + 2] = item.kind === 'chunk' ? item.offset : END
      this.#items[word + 3] = item.kind === 'chunk' ? item.length : 0
      word += ITEM_WORDS
    }
    return true
  }

  /**
   * Thread: listens until nothing was asked for `idleMs`, until `untilMs` (performance.now()), or until the main thread
   * wants it in its event loop. `answer` gets each batch; what it answers last may be collected later.
   *
   * @returns whether it was still being asked when its time was over
   */
  listen(answer: (items: Item[]) => readonly Answer[], idleMs: number, untilMs: number): boolean {
    Atomics.store(this.#state, 0, STATE.listening)
    for (;;) {
      Atomics.wait(this.#state, 0, STATE.listening, idleMs)
      // Nothing came, or it is wanted elsewhere.
      if (Atomics.compareExchange(this.#state, 0, STATE.listening, STATE.away) !== STATE.asked) {
        if (Atomics.load(this.#state, 0) !== STATE.overdue) return false
      }
      for (const [index, one] of answer(this.#read()).entries()) {
        this.#answers[index] = typeof one === 'number' ? one : DETAILED
      }
      const next = performance.now() < untilMs ? STATE.listening : STATE.away
      const before = Atomics.compareExchange(this.#state, 0, STATE.asked, next)
      Atomics.notify(this.#state, 0)
      if (before === STATE.asked && next === STATE.listening) continue
      Atomics.store(this.#state, 0, STATE.away)
      return before === STATE.asked
    }
  }

  #read(): Item[] {
    return Array.from({ length: this.#state[1] ?? 0 }, (_, index) => {
      const [connection = 0, place = 0, offset = 0, length = 0] = this.#items.subarray(index * ITEM_WORDS)
      const direction = DIRECTIONS[place] ?? 'toUpstream'
      if (offset === END) return { kind: 'end', connection, direction }
      return { kind: 'chunk', connection, direction, offset, length }
    })
  }
}

const isCommon = (answer: number): answer is typeof ALL_GO_ON | typeof ALL_WAIT =>
  answer === ALL_GO_ON || answer === ALL_WAIT
