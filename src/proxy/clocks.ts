import { nowMs } from '../engine/now.ts'

/** What the wheel wakes. It needs no timer of its own, and nothing is done a chunk. */
export interface Timed {
  /**
   * Does what is due and answers when to look again, as `nowMs()`, or Infinity for never. May be called early.
   */
  due(now: number): number
}

/** A deadline is met at most this part of its duration late. */
const PRECISION = 32
const FINEST_MS = 8

/**
 * One coarse timer wheel a worker. Things that are due at about the same time share a slot, and only the earliest slot
 * has a timer: thousands of idle connections cost a wake-up a second at most.
 */
export class TimerWheel {
  readonly #slots = new Map<number, Set<Timed>>()
  readonly #slotOf = new Map<Timed, number>()
  #timer: NodeJS.Timeout | undefined
  #timerSlot = Number.POSITIVE_INFINITY

  /** Wakes `timed` at `deadlineMs` (`nowMs()`), or never for Infinity; it replaces an earlier wish. */
  set(timed: Timed, deadlineMs: number): void {
    this.remove(timed)
    if (deadlineMs === Number.POSITIVE_INFINITY) return
    const slot = slotFor(deadlineMs, deadlineMs - nowMs())
    const others = this.#slots.get(slot)
    if (others) others.add(timed)
    else this.#slots.set(slot, new Set([timed]))
    this.#slotOf.set(timed, slot)
    if (slot < this.#timerSlot) this.#arm(slot)
  }

  remove(timed: Timed): void {
    const slot = this.#slotOf.get(timed)
    if (slot === undefined) return
    this.#slotOf.delete(timed)
    const others = this.#slots.get(slot)
    others?.delete(timed)
    if (others?.size === 0) this.#slots.delete(slot)
  }

  #arm(slot: number): void {
    clearTimeout(this.#timer)
    this.#timerSlot = slot
    this.#timer = setTimeout(() => this.#turn(), Math.max(1, slot - nowMs()))
    // What lives keeps the process, not its clocks.
    this.#timer.unref()
  }

  #turn(): void {
    const now = nowMs()
    this.#timerSlot = Number.POSITIVE_INFINITY
    for (const [slot, entries] of [...this.#slots]) {
      if (slot > now) continue
      for (const timed of [...entries]) this.set(timed, timed.due(now))
    }
    const earliest = Math.min(...this.#slots.keys())
    if (earliest < this.#timerSlot) this.#arm(earliest)
  }
}

/** Rounds up to a power of two that suits the duration, so that deadlines meet in few slots. */
const slotFor = (deadlineMs: number, durationMs: number): number => {
  const wanted = Math.max(FINEST_MS, Math.min(durationMs, 2 ** 31) / PRECISION)
  const step = 2 ** Math.floor(Math.log2(wanted))
  return Math.ceil(deadlineMs / step) * step
}
