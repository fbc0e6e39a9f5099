import type { Logger } from 'pino'
import { nowMs } from '../engine/now.ts'

const SAY_AGAIN_AFTER_MS = 1_000

/** Logs accept errors at most once a second, with how many there were: out of descriptors, they come by the thousand. */
export const acceptErrorLogger = (logger: Logger): ((error: NodeJS.ErrnoException) => void) => {
  let saidMs = Number.NEGATIVE_INFINITY
  let times = 0
  return (error) => {
    times += 1
    const now = nowMs()
    if (now - saidMs < SAY_AGAIN_AFTER_MS) return
    logger.error({ error: error.code, times }, 'cannot accept; raise the limit of open files or lower maxConnections')
    saidMs = now
    times = 0
  }
}
