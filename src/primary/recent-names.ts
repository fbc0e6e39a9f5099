import { nowMs } from '../clock.ts'
import { NOTHING_SERVED, type ServingState } from '../serving/state.ts'
import { isServed } from '../stats/served.ts'
import type { Counted } from '../stats/totals.ts'

/** How long a name stays known that is not served any more. */
const KNOWN_AFTER_MS = 60 * 60 * 1_000
/** Of more names that are gone, those that went first are forgotten earlier: a name may get new addresses all the time. */
const MOST_GONE = 2_000

interface StateSource {
  readonly state: ServingState
  watch(watch: (state: ServingState) => void): void
}

/**
 * The names of what is served, and of what was until an hour ago. Counts of others are neither shown nor kept, so the labels
 * of metrics and the memory for counts stay bounded, whatever comes and goes.
 */
export class RecentNames {
  readonly #source: StateSource
  readonly #clock: () => number
  /** When each name went, the earliest first. */
  readonly #goneMs = new Map<string, number>()
  #followed: ServingState = NOTHING_SERVED

  constructor(source: StateSource, clock = nowMs) {
    this.#source = source
    this.#clock = clock
    source.watch((state) => this.#follow(state))
  }

  has(counted: Counted): boolean {
    // An edit is followed a moment later.
    return (
      isServed(this.#source.state, counted) || isServed(this.#followed, counted) || this.#goneMs.has(keyOf(counted))
    )
  }

  /** Forgets what has been gone for an hour. To be called now and then. */
  forget(): void {
    const keptSinceMs = this.#clock() - KNOWN_AFTER_MS
    let tooMany = this.#goneMs.size - MOST_GONE
    for (const [key, goneMs] of this.#goneMs) {
      if (tooMany <= 0 && goneMs >= keptSinceMs) return
      this.#goneMs.delete(key)
      tooMany -= 1
    }
  }

  #follow(state: ServingState): void {
    for (const counted of goneBetween(this.#followed, state)) {
      const key = keyOf(counted)
      this.#goneMs.delete(key)
      this.#goneMs.set(key, this.#clock())
    }
    this.#followed = state
  }
}

const keyOf = ({ scope, names }: Counted): string => {
  // Inspectors come and go with their listener.
  if (scope === 'inspector') return keyOf({ scope: 'listener', names: names.slice(0, 1) })
  return [scope, ...names].join('\n')
}

/** Servers before their upstream: of too many names the first are forgotten. */
const goneBetween = (before: ServingState, after: ServingState): Counted[] => {
  const gone: Counted[] = []
  for (const [upstream, { servers }] of before.upstreams) {
    const left = after.upstreams.get(upstream)
    if (left?.servers === servers) continue
    for (const server of servers.keys()) {
      if (!left?.servers.has(server)) gone.push({ scope: 'server', names: [upstream, server] })
    }
    if (left === undefined) gone.push({ scope: 'upstream', names: [upstream] })
  }
  for (const listener of before.listeners.keys()) {
    if (!after.listeners.has(listener)) gone.push({ scope: 'listener', names: [listener] })
  }
  return gone
}
