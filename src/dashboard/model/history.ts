import { byKind } from './outcome-kinds.ts'
import { ratesBetween } from './rates.ts'
import { Recent } from './recent.ts'
import type { Stats } from './stats.ts'

/** What the charts show of one moment. Rates are per second. */
export interface Sample {
  readonly connections: number
  readonly accepted: number
  readonly bytesToClient: number
  readonly bytesToUpstream: number
  readonly completed: number
  readonly cutShort: number
  readonly failed: number
}

/** How far back the charts go. */
export const HISTORY_SECONDS = 300

/** States come once a second: after a pause the lines are broken, for nobody knows what was meanwhile. */
const PAUSE_SECONDS = 4

interface Moment {
  /** Of the browser's clock, as charts want it. */
  readonly atSeconds: number
  /** Undefined for a pause. */
  readonly sample: Sample | undefined
}

/** The last minutes, as far as the page was open. */
export class History {
  readonly #moments: Moment[] = []
  readonly #before: Recent<Stats>
  #last: Stats | undefined
  /** The browser's clock when copyloop began: a busy browser gets states late, but they are of the time that they say. */
  #beganSeconds = 0

  /** @param rateSeconds the time that a rate is of */
  constructor(rateSeconds: number) {
    this.#before = new Recent(rateSeconds)
  }

  /** @param cameSeconds when it came, on the browser's clock */
  add(stats: Stats, cameSeconds: number): void {
    const last = this.#last
    this.#last = stats
    const hasRestarted = last !== undefined && stats.uptimeSeconds < last.uptimeSeconds
    const isAfterPause = last !== undefined && stats.uptimeSeconds - last.uptimeSeconds > PAUSE_SECONDS
    if (last === undefined || hasRestarted || isAfterPause) this.#beganSeconds = cameSeconds - stats.uptimeSeconds
    const atSeconds = this.#beganSeconds + stats.uptimeSeconds
    if (isAfterPause) this.#before.clear()
    this.#before.add(stats.uptimeSeconds, stats)
    if (hasRestarted || isAfterPause) this.#moments.push({ atSeconds: atSeconds - 1, sample: undefined })
    // Rates need two states.
    else if (this.#before.oldest !== stats)
      this.#moments.push({ atSeconds, sample: sampleOf(this.#before.oldest, stats) })
    while ((this.#moments[0]?.atSeconds ?? atSeconds) < atSeconds - HISTORY_SECONDS) this.#moments.shift()
  }

  /** Undefined before there are two states, and after a pause. */
  get latest(): Sample | undefined {
    return this.#moments.at(-1)?.sample
  }

  /** The times of the first moment and the last; undefined before there is one. */
  get span(): readonly [first: number, last: number] | undefined {
    const [first, last] = [this.#moments[0], this.#moments.at(-1)]
    return first && last && [first.atSeconds, last.atSeconds]
  }

  at(index: number): Moment | undefined {
    return this.#moments[index]
  }

  /** The times, and one row of values for each name; null in a pause. */
  columns(names: readonly (keyof Sample)[]): [times: number[], ...values: (number | null)[][]] {
    return [
      this.#moments.map(({ atSeconds }) => atSeconds),
      ...names.map((name) => this.#moments.map(({ sample }) => sample?.[name] ?? null)),
    ]
  }
}

const sampleOf = (before: Stats | undefined, after: Stats): Sample => {
  const perSecond = ratesBetween(before, after)
  const ends = byKind(Object.keys(after.totals.outcomes), (outcome) =>
    perSecond(({ totals }) => totals.outcomes[outcome] ?? 0),
  )
  return {
    connections: after.totals.connectionsActive,
    accepted: perSecond(({ totals }) => totals.connectionsAccepted),
    bytesToClient: perSecond(({ totals }) => totals.bytesToClient),
    bytesToUpstream: perSecond(({ totals }) => totals.bytesToUpstream),
    ...ends,
  }
}
