import { setTimeout as sleep } from 'node:timers/promises'

/** What is done again and again until it is stopped. */
export interface Repetition {
  /** How often it was done so far. */
  times: number
  /** Waits for what is under way. Throws what it threw: it is not done again after that. */
  stop(): Promise<void>
}

/** Does something every so often, the first time after one period; at once if the last time took longer than that. */
export const repeatedly = (periodMs: number, what: () => Promise<void>): Repetition => {
  const stopped = new AbortController()
  const run = async (): Promise<void> => {
    for (let nextMs = performance.now() + periodMs; ; nextMs = Math.max(nextMs + periodMs, performance.now())) {
      await sleep(nextMs - performance.now(), undefined, { signal: stopped.signal }).catch(() => {})
      if (stopped.signal.aborted) return
      await what()
      repetition.times += 1
    }
  }
  const running = run()
  // It is thrown by `stop`.
  running.catch(() => {})
  const stop = async (): Promise<void> => {
    stopped.abort()
    await running
  }
  const repetition: Repetition = { times: 0, stop }
  return repetition
}
