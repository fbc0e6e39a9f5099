import { setTimeout as pause } from 'node:timers/promises'

/** Waits for a condition that no event announces. Fails with `what`, as it is then, when it does not come true in time. */
export const until = async (
  what: string | (() => string),
  condition: () => boolean,
  withinMs = 10_000,
): Promise<void> => {
  const deadline = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`)
    }
    await pause(2)
  }
}

/** Bounds the wait for a promise, so that a failure says what was waited for. */
export const within = async <T>(what: string, promise: Promise<T>, withinMs = 10_000): Promise<T> => {
  const timer = new AbortController()
  const late = pause(withinMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`not within ${withinMs} ms: ${what}`)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
    late.catch(() => {})
  }
}

/** For what must not happen: looks for a while and fails when it does. */
export const never = async (what: string, condition: () => boolean, forMs = 100): Promise<void> => {
  const deadline = performance.now() + forMs
  while (performance.now() < deadline) {
    if (condition()) throw new Error(`happened: ${what}`)
    await pause(2)
  }
}
