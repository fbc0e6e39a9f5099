import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds on this process's monotonic clock, a whole number, never 0: 0 means «not yet» in every record. */
export const nowMs = (): number => Math.ceil(performance.now())

/** Microseconds on the clock that all processes of this host share (CLOCK_MONOTONIC). */
export const monotonicUs = (): number => {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1_000)
}

/** hrtime and performance.now() are the same clock (CLOCK_MONOTONIC of clock_gettime(2)), but the latter begins with the process. */
const BEGAN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** A time of `nowMs()` on the clock that all processes of this host share. */
export const hostMs = (ms: number): number => BEGAN_MS + ms

/**
 * Calls `judge` in `ms` with the time then, once the event loop has handled everything that had arrived by that time.
 *
 * Timers run before sockets are read. A process that stood still (SIGSTOP, a paused container, a starved host) would take
 * its own silence for that of its peers. An immediate runs after the loop has polled (libuv: uv_run()).
 */
export const judgeIn = (ms: number, judge: (now: number) => void): NodeJS.Timeout =>
  setTimeout(() => {
    const now = nowMs()
    setImmediate(() => judge(now))
  }, ms)

/** A time of `hostMs` on this process's clock: below 0 if it was before the process began, never 0. */
export const fromHostMs = (ms: number): number => Math.floor(ms - BEGAN_MS) || -1

const LOOK_EVERY_MS = 5

/** Waits for what no event tells of. Resolves with whether it holds, after `withinMs` at the latest. */
export const holdsWithin = async (withinMs: number, holds: () => boolean): Promise<boolean> => {
  const deadlineMs = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > deadlineMs) return false
    await pause(LOOK_EVERY_MS)
  }
  return true
}
