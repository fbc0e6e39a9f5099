import { nowMs } from '../../../clock.ts'

/** More is not needed for whatever had come meanwhile. */
const LONGEST_MS = 100

/**
 * Begins to measure some work. What it returns is called at the end, and calls `go` after as long as the work took: at least
 * half of the time is left for others. One round of the event loop would not do: in each Node accepts a single connection
 * (libuv 1.45 and later), and a thousand may stand before the one that matters.
 */
export const beginWork = (): ((go: () => void) => void) => {
  const sinceMs = nowMs()
  // What an answer costs is spent after its handler has returned, in the same round of the event loop.
  return (go) => {
    setImmediate(() => setTimeout(go, Math.min(nowMs() - sinceMs, LONGEST_MS)))
  }
}
