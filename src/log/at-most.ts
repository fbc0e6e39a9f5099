/**
 * Bounds how often something is said of each of a few keys: the count since it was said last, or undefined when that was
 * less than `ms` ago. Then the times are kept for the next one.
 */
export const atMostOnceEach = (ms: number): ((key: string, times?: number) => number | undefined) => {
  const kept = new Map<string, { saidMs: number; times: number }>()
  return (key, times = 1) => {
    const entry = kept.get(key) ?? { saidMs: Number.NEGATIVE_INFINITY, times: 0 }
    kept.set(key, entry)
    entry.times += times
    const now = performance.now()
    if (now - entry.saidMs < ms) return undefined
    const since = entry.times
    entry.saidMs = now
    entry.times = 0
    return since
  }
}

/** How often it is said of a server that it cannot be reached. */
export const FAILED_DIALS_EVERY_MS = 60_000
