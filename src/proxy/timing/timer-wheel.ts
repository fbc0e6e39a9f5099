import { judgeIn, nowMs } from '../../clock.ts'

/** What the wheel wakes. It needs no timer of its own, and it costs nothing per chunk. */
export interface WheelEntry {
  /** The time of its slot, 0 if it is in none: each Infinity would be an object of its own. Set by the wheel. */
  slotMs: number
  /** Its index in the slot. Set by the wheel. */
  slotPlace: number
  /** Does what is due at `now` and returns when to look again, as `nowMs()`, or NEVER. May be called early. */
  due(now: number): number
}

/** A deadline that is never met. */
export const NEVER = Number.POSITIVE_INFINITY

/** A deadline is late by at most this fraction of its duration. */
const PRECISION = 32
const FINEST_MS = 8
const COARSEST_MS = 2 ** 20

/**
 * One coarse timer wheel per worker. Entries that are due at about the same time share a slot, and only the earliest slot
 * has a timer: thousands of idle connections cost at most one wake-up per second.
 */
export class TimerWheel {
  /** Keyed by the time they are due. Not sets: see proxy/living.ts. */
  readonly #slots = new Map<number, WheelEntry[]>()
  #timer: NodeJS.Timeout | undefined
  #timerSlotMs = NEVER

  /** Wakes `entry` within `durationMs`, or sooner if already scheduled; `due` may find nothing to do. */
  wakeWithin(entry: WheelEntry, durationMs: number): void {
    const slotMs = slotFor(durationMs)
    if (slotMs === NEVER || (entry.slotMs > 0 && slotMs >= entry.slotMs)) return
    this.remove(entry)
    const others = this.#slots.get(slotMs)
    entry.slotMs = slotMs
    entry.slotPlace = others?.length ?? 0
    if (others) others.push(entry)
    else this.#slots.set(slotMs, [entry])
    if (slotMs < this.#timerSlotMs) this.#arm(slotMs)
  }

  remove(entry: WheelEntry): void {
    const others = this.#slots.get(entry.slotMs)
    entry.slotMs = 0
    const last = others?.pop()
    if (others === undefined || last === undefined || last === entry) return
    others[entry.slotPlace] = last
    last.slotPlace = entry.slotPlace
  }

  #arm(slotMs: number): void {
    clearTimeout(this.#timer)
    this.#timerSlotMs = slotMs
    if (slotMs === NEVER) return
    // Connections keep the process alive; timers must not.
    this.#timer = judgeIn(Math.max(1, slotMs - nowMs()), (then) => this.#turn(then)).unref()
  }

  /** @param now events that came by then have been handled; later ones may not have been */
  #turn(now: number): void {
    for (const [slotMs, entries] of [...this.#slots]) {
      if (slotMs > now) continue
      this.#slots.delete(slotMs)
      for (const entry of entries) {
        // An entry before it may have removed it.
        if (entry.slotMs !== slotMs) continue
        entry.slotMs = 0
        this.wakeWithin(entry, entry.due(now) - nowMs())
      }
    }
    for (const [slotMs, entries] of this.#slots) if (entries.length === 0) this.#slots.delete(slotMs)
    this.#arm(Math.min(...this.#slots.keys()))
  }
}

/** Rounds up to a multiple of a power of two that suits the duration, so that deadlines share few slots. */
const slotFor = (durationMs: number): number => {
  if (durationMs === NEVER) return NEVER
  const wanted = Math.min(Math.max(durationMs / PRECISION, FINEST_MS), COARSEST_MS)
  const stepMs = 1 << (31 - Math.clz32(wanted))
  return Math.ceil((nowMs() + durationMs) / stepMs) * stepMs
}
