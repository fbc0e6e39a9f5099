/** Bounds how often the same problem is logged: some occur by the thousand. */
import { nowMs } from '../clock.ts'

interface Tally {
  loggedMs: number
  /** How many times it has happened since it was logged. */
  times: number
}

/**
 * Bounds how often something is logged for each of a few keys.
 *
 * @returns for each call, how many times it has happened since it was last logged; undefined if that was less than `ms`
 *   ago: the times then count for a later call
 */
export const atMostOnceEach = (ms: number): ((key: string, times?: number) => number | undefined) => {
  const tallies = new Map<string, Tally>()
  return (key, times = 1) => {
    const tally = tallies.get(key) ?? { loggedMs: Number.NEGATIVE_INFINITY, times: 0 }
    tallies.set(key, tally)
    tally.times += times
    const now = nowMs()
    if (now - tally.loggedMs < ms) return undefined
    const since = tally.times
    tally.loggedMs = now
    tally.times = 0
    return since
  }
}

/** Calls `say` at most once a second, with how many times it has happened since. */
export const atMostOnceASecond = <Circumstances extends unknown[]>(
  say: (times: number, ...circumstances: Circumstances) => void,
): ((...circumstances: Circumstances) => void) => {
  const timesToSay = atMostOnceEach(1_000)
  return (...circumstances) => {
    const times = timesToSay('')
    if (times !== undefined) say(times, ...circumstances)
  }
}
