/** The operator's requests to the primary, by signal or by pm2's message. */
export interface Requests {
  /** Drain, then stop. Asked again: stop at once. */
  stop(how: string): void
  /** SIGHUP, which is also what a terminal sends that goes away. */
  hangUp(): void
  reopenLogs(): void
}

/**
 * ^C in a terminal reaches the whole process group, and a launcher (`npm start` is one) passes it on once more: an
 * interrupt this soon after another is the same key press.
 */
const SAME_KEY_PRESS_MS = 100

/** Listens for signals, and for pm2's `shutdown` message, until the returned function is called. */
export const listenToOperator = (requests: Requests): (() => void) => {
  let interruptedAtMs = Number.NEGATIVE_INFINITY
  const onInterrupt = () => {
    const sinceMs = performance.now() - interruptedAtMs
    interruptedAtMs = performance.now()
    if (sinceMs > SAME_KEY_PRESS_MS) requests.stop('SIGINT')
  }
  const onTerminate = () => requests.stop('SIGTERM')
  const onMessage = (message: unknown) => {
    if (message === 'shutdown') requests.stop("pm2's shutdown message")
  }
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('message', onMessage)
  process.on('SIGHUP', requests.hangUp).on('SIGUSR2', requests.reopenLogs)
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('message', onMessage)
    process.off('SIGHUP', requests.hangUp).off('SIGUSR2', requests.reopenLogs)
  }
}
