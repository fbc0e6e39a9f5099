/** Bounds how often the log says the same thing: some troubles come by the thousand. */
import { nowMs } from '../clock.ts'

interface Tally {
  saidMs: number
  /** How many times it has happened since it was said. */
  times: number
}

/**
 * Bounds how often something is said of each of a few keys.
 *
 * @returns for each call, how many times it has happened since it was last said; undefined if that was less than `ms`
 *   ago: the times are then kept for the next call
 */
export const atMostOnceEach = (ms: number): ((key: string, times?: number) => number | undefined) => {
  const tallies = new Map<string, Tally>()
  return (key, times = 1) => {
    const tally = tallies.get(key) ?? { saidMs: Number.NEGATIVE_INFINITY, times: 0 }
    tallies.set(key, tally)
    tally.times += times
    const now = nowMs()
    if (now - tally.saidMs < ms) return undefined
    const since = tally.times
    tally.saidMs = now
    tally.times = 0
    return since
  }
}

/** Says something at most once a second, with how many times it has happened since. */
export const atMostOnceASecond = <Circumstances extends unknown[]>(
  say: (times: number, ...circumstances: Circumstances) => void,
): ((...circumstances: Circumstances) => void) => {
  const timesToSay = atMostOnceEach(1_000)
  return (...circumstances) => {
    const times = timesToSay('')
    if (times !== undefined) say(times, ...circumstances)
  }
}

/** How often the log says that a server cannot be reached. */
export const FAILED_DIALS_EVERY_MS = 60_000
