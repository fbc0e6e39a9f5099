import { nowMs } from '../../clock.ts'

/** What the wheel wakes. It needs no timer of its own, and nothing is done a chunk. */
export interface Timed {
  /** The slot it waits in, 0 if in none: each Infinity would be an object of its own. Set by the wheel. */
  slotMs: number
  /** Where it stands in its slot. Set by the wheel. */
  slotPlace: number
  /** Does what is due at `now` and answers when to look again, as `nowMs()`, or NEVER. May be called early. */
  due(now: number): number
}

/** A deadline that is never met. */
export const NEVER = Number.POSITIVE_INFINITY

/** A deadline is met at most this part of its duration late. */
const PRECISION = 32
const FINEST_MS = 8
const COARSEST_MS = 2 ** 20

/**
 * One coarse timer wheel a worker. Things that are due at about the same time share a slot, and only the earliest slot
 * has a timer: thousands of idle connections cost a wake-up a second at most.
 */
export class TimerWheel {
  /** By the time they are due. Not sets: see proxy/living.ts. */
  readonly #slots = new Map<number, Timed[]>()
  #timer: NodeJS.Timeout | undefined
  #timerSlotMs = NEVER

  /** Wakes `timed` in `durationMs`, or earlier if that was its wish before. What is no longer due then says so. */
  wakeWithin(timed: Timed, durationMs: number): void {
    const slotMs = slotFor(durationMs)
    if (slotMs === NEVER || (timed.slotMs > 0 && slotMs >= timed.slotMs)) return
    this.remove(timed)
    const others = this.#slots.get(slotMs)
    timed.slotMs = slotMs
    timed.slotPlace = others?.length ?? 0
    if (others) others.push(timed)
    else this.#slots.set(slotMs, [timed])
    if (slotMs < this.#timerSlotMs) this.#arm(slotMs)
  }

  remove(timed: Timed): void {
    const others = this.#slots.get(timed.slotMs)
    timed.slotMs = 0
    const last = others?.pop()
    if (others === undefined || last === undefined || last === timed) return
    others[timed.slotPlace] = last
    last.slotPlace = timed.slotPlace
  }

  #arm(slotMs: number): void {
    clearTimeout(this.#timer)
    this.#timerSlotMs = slotMs
    if (slotMs === NEVER) return
    // What lives keeps the process, not its clocks.
    this.#timer = setTimeout(() => this.#turn(), Math.max(1, slotMs - nowMs())).unref()
  }

  #turn(): void {
    const now = nowMs()
    for (const [slotMs, entries] of [...this.#slots]) {
      if (slotMs > now) continue
      this.#slots.delete(slotMs)
      for (const timed of entries) {
        // One that was due before it may have removed it.
        if (timed.slotMs !== slotMs) continue
        timed.slotMs = 0
        this.wakeWithin(timed, timed.due(now) - now)
      }
    }
    for (const [slotMs, entries] of this.#slots) if (entries.length === 0) this.#slots.delete(slotMs)
    this.#arm(Math.min(...this.#slots.keys()))
  }
}

/** Rounds up to a power of two that suits the duration, so that deadlines meet in few slots. */
const slotFor = (durationMs: number): number => {
  if (durationMs === NEVER) return NEVER
  const wanted = Math.min(Math.max(durationMs / PRECISION, FINEST_MS), COARSEST_MS)
  const stepMs = 1 << (31 - Math.clz32(wanted))
  return Math.ceil((nowMs() + durationMs) / stepMs) * stepMs
}
