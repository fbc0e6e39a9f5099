import type { ToPrimary } from '../../ipc/messages.ts'
import { backOffMs, GOOD_LIFE_MS } from './back-off.ts'
import { type WorkerEvents, WorkerProcess } from './worker-process.ts'

/** Deaths in a row without ever serving, before a slot gives up: at start-up, and once it has served. */
const START_ATTEMPTS = 3
const LATER_ATTEMPTS = 10

export interface SlotEvents extends Omit<WorkerEvents, 'onEnd'> {
  onForked(worker: WorkerProcess): void
  /** It ended, and the slot starts the next one after `nextInMs`; undefined: there will be none. */
  onEnd(worker: WorkerProcess, how: string, nextInMs: number | undefined): void
  /** Workers of this slot cannot serve, and trying on will not help. */
  onGiveUp(reason: string): void
}

/** A place for one worker: when the worker ends, the slot starts another, later and later if they end again and again. */
export class Slot {
  worker: WorkerProcess | undefined
  /** Whether a worker of this slot has ever served. */
  served = false

  readonly #events: SlotEvents
  #closed = false
  #deathsInARow = 0
  #deathsUnready = 0
  /** When the present worker got ready, as performance.now(); undefined until it does. */
  #readyAtMs: number | undefined
  #waiting: { timer: NodeJS.Timeout; dueAtMs: number } | undefined

  constructor(events: SlotEvents) {
    this.#events = events
  }

  start(): void {
    this.#waiting = undefined
    this.#readyAtMs = undefined
    this.worker = new WorkerProcess({
      ...this.#events,
      onMessage: (worker, message) => this.#take(worker, message),
      onUnresponsive: (worker, silentMs) => this.#unresponsive(worker, silentMs),
      onEnd: (worker, how) => this.#ended(worker, how),
    })
    this.#events.onForked(this.worker)
  }

  /** Starts the next worker within `ms` if it would otherwise wait longer. */
  hurry(ms: number): void {
    if (this.#waiting && this.#waiting.dueAtMs > performance.now() + ms) this.#startAfter(ms)
  }

  /** From now on no worker is replaced. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#waiting?.timer)
    this.#waiting = undefined
  }

  #take(worker: WorkerProcess, message: ToPrimary): void {
    if (message.kind === 'ready') {
      this.served = true
      this.#deathsUnready = 0
      this.#readyAtMs = performance.now()
    }
    this.#events.onMessage(worker, message)
    if (message.kind === 'cannotServe' && !this.served) this.#giveUp(message.reason)
  }

  #unresponsive(worker: WorkerProcess, silentMs: number): void {
    this.#events.onUnresponsive(worker, silentMs)
    if (!this.served) this.#giveUp(`a worker was not ready after ${silentMs / 1000} s`)
  }

  #ended(worker: WorkerProcess, how: string): void {
    this.worker = undefined
    if (!this.#closed) this.#countDeath()
    const attempts = this.served ? LATER_ATTEMPTS : START_ATTEMPTS
    const hopeless = this.#deathsUnready >= attempts
    const nextInMs = this.#closed || hopeless ? undefined : backOffMs(this.#deathsInARow, Math.random())
    if (nextInMs !== undefined) this.#startAfter(nextInMs)
    this.#events.onEnd(worker, how, nextInMs)
    if (hopeless && !this.#closed) {
      this.#giveUp(`${attempts} workers in a row ended before they could serve, the last with ${how}`)
    }
  }

  #countDeath(): void {
    if (this.#readyAtMs === undefined) this.#deathsUnready += 1
    else if (performance.now() - this.#readyAtMs >= GOOD_LIFE_MS) this.#deathsInARow = 0
    this.#deathsInARow += 1
  }

  #startAfter(ms: number): void {
    clearTimeout(this.#waiting?.timer)
    this.#waiting = { timer: setTimeout(() => this.start(), ms), dueAtMs: performance.now() + ms }
  }

  #giveUp(reason: string): void {
    this.close()
    this.#events.onGiveUp(reason)
  }
}
