import type { ToPrimary } from '../../ipc/messages.ts'
import { backOffMs, GOOD_LIFE_MS } from './back-off.ts'
import { type WorkerEnd, type WorkerEvents, WorkerProcess } from './worker-process.ts'

/** Deaths in a row, without serving, after which a slot gives up: before it has ever served, and later. */
const START_ATTEMPTS = 3
const LATER_ATTEMPTS = 10

export interface SlotEvents extends Omit<WorkerEvents, 'onEnd'> {
  onForked(worker: WorkerProcess): void
  /** It ended, and the slot starts the next one after `nextInMs`; undefined if there will be none, or it had a successor. */
  onEnd(worker: WorkerProcess, end: WorkerEnd, nextInMs: number | undefined): void
  /** The system refuses another process; the slot tries again after `nextInMs`; undefined if it does not. */
  onRefused(error: Error, nextInMs: number | undefined): void
  /** Workers of this slot cannot serve, and further attempts will not help. */
  onGiveUp(reason: string): void
  /** Whether a worker of any slot serves: while one does, no slot gives up. */
  isAnyServing(): boolean
}

/** A room for one worker: when the worker ends, the slot starts another, with growing pauses if they end again and again. */
export class Slot {
  worker: WorkerProcess | undefined
  /** The one that is to take its place. */
  next: WorkerProcess | undefined
  /** Whether a worker of this slot has ever served. */
  served = false

  readonly #events: SlotEvents
  readonly #timeoutMs: number
  #closed = false
  #deathsInARow = 0
  /** Deaths in a row before serving, while no other worker served. */
  #deathsUnready = 0
  /** When the present worker became ready, as performance.now(); undefined before that. */
  #readyAtMs: number | undefined
  #waiting: { timer: NodeJS.Timeout; dueAtMs: number } | undefined

  /** @param timeoutMs how long a worker may be silent */
  constructor(timeoutMs: number, events: SlotEvents) {
    this.#events = events
    this.#timeoutMs = timeoutMs
  }

  start(): void {
    this.#waiting = undefined
    this.#readyAtMs = undefined
    this.worker = this.#fork((error) => this.#refused(error))
  }

  /**
   * Starts a worker beside the present one. It becomes the present one by `adoptNext`, or when that has ended.
   *
   * @returns undefined when the system refuses another process; `onRefused` is then called
   */
  startNext(onRefused: (error: Error) => void): WorkerProcess | undefined {
    this.next = this.#fork(onRefused)
    return this.next
  }

  /** The next worker, which serves, is the present one from now on. @returns the one before, which lives on without a slot */
  adoptNext(): WorkerProcess | undefined {
    const before = this.worker
    this.#moveNext()
    return before
  }

  /** Whether a worker of this slot has served, or several have failed: the start no longer waits for it. */
  get isSettled(): boolean {
    return this.served || this.#deathsInARow >= START_ATTEMPTS
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
      if (worker === this.worker) this.#readyAtMs = performance.now()
    }
    this.#events.onMessage(worker, message)
    if (message.kind === 'cannotServe' && !this.served) this.#giveUpUnlessServed(message.reason)
  }

  #unresponsive(worker: WorkerProcess, silentMs: number): void {
    this.#events.onUnresponsive(worker, silentMs)
    if (!this.served) this.#giveUpUnlessServed(`a worker was not ready after ${silentMs / 1000} s`)
  }

  #fork(onRefused: (error: Error) => void): WorkerProcess | undefined {
    const events: WorkerEvents = {
      ...this.#events,
      onMessage: (worker, message) => this.#take(worker, message),
      onUnresponsive: (worker, silentMs) => this.#unresponsive(worker, silentMs),
      onEnd: (worker, end) => this.#ended(worker, end),
    }
    const worker = WorkerProcess.fork(events, this.#timeoutMs, onRefused)
    if (worker) this.#events.onForked(worker)
    return worker
  }

  #moveNext(): void {
    this.worker = this.next
    this.next = undefined
    this.#readyAtMs = this.worker?.state === 'serving' ? performance.now() : undefined
  }

  #ended(worker: WorkerProcess, end: WorkerEnd): void {
    if (worker === this.next) this.next = undefined
    else if (worker === this.worker) return this.#presentEnded(worker, end)
    this.#events.onEnd(worker, end, undefined)
  }

  #presentEnded(worker: WorkerProcess, end: WorkerEnd): void {
    this.worker = undefined
    if (this.next) {
      this.#moveNext()
      return this.#events.onEnd(worker, end, 0)
    }
    if (!this.#closed) this.#countDeath()
    const nextInMs = this.#next()
    this.#events.onEnd(worker, end, nextInMs)
    this.#giveUpIfHopeless(`ended before they could serve, the last with ${end.says}`)
  }

  /** A host that is short of processes is no reason to end: clients wait in the queue, and a restart would need a process too. */
  #refused(error: Error): void {
    if (this.#closed) return
    this.#deathsInARow += 1
    if (!this.served && !this.#events.isAnyServing()) this.#deathsUnready += 1
    this.#events.onRefused(error, this.#next())
    this.#giveUpIfHopeless(`could not be started, the last for ${error.message}`)
  }

  #countDeath(): void {
    if (this.#readyAtMs === undefined) this.#deathsUnready = this.#events.isAnyServing() ? 0 : this.#deathsUnready + 1
    else if (performance.now() - this.#readyAtMs >= GOOD_LIFE_MS) this.#deathsInARow = 0
    this.#deathsInARow += 1
  }

  get #attempts(): number {
    return this.served ? LATER_ATTEMPTS : START_ATTEMPTS
  }

  get #isHopeless(): boolean {
    return this.#deathsUnready >= this.#attempts
  }

  /** @returns after how many ms the next worker starts, if there will be one */
  #next(): number | undefined {
    if (this.#closed || this.#isHopeless) return undefined
    const nextInMs = backOffMs(this.#deathsInARow, Math.random())
    this.#startAfter(nextInMs)
    return nextInMs
  }

  #giveUpIfHopeless(how: string): void {
    if (this.#isHopeless && !this.#closed) this.#giveUp(`${this.#attempts} workers in a row ${how}`)
  }

  #giveUpUnlessServed(reason: string): void {
    if (!this.#events.isAnyServing()) this.#giveUp(reason)
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
