const FIRST_MS = 100
const JITTER = 0.2
/** With the longest jitter, 30 s. */
const LONGEST_MS = 30_000 / (1 + JITTER)

/** The death of a worker that has served this long is unrelated to the deaths before it. */
export const GOOD_LIFE_MS = 30_000

/**
 * How long to wait before the next replacement, in ms. After the first death there is no wait; then 100 ms, doubled each
 * time, at most 30 s, moved by up to 20 % so that workers that died together do not start together. `random` is in [0, 1).
 */
export const backOffMs = (deathsInARow: number, random: number): number => {
  if (deathsInARow <= 1) return 0
  const waitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (deathsInARow - 2))
  return Math.round(waitMs * (1 - JITTER + 2 * JITTER * random))
}

/** While no worker lives no client is served, so the next one does not wait out its back-off. */
export const EMPTY_WAIT_MS = 1_000

/** When the next one starts, which is to start in `nextInMs` if any, while so many workers are `living`. */
export const soonestMs = (nextInMs: number | undefined, living: number): number | undefined =>
  nextInMs === undefined || living > 0 ? nextInMs : Math.min(nextInMs, EMPTY_WAIT_MS)
