import type { Logger } from 'pino'
import { atMostOnceASecond } from '../log/at-most-once-a-second.ts'

/** Logs that clients cannot be accepted: out of descriptors, it happens by the thousand. */
export const acceptErrorLogger = (logger: Logger): ((error: NodeJS.ErrnoException) => void) =>
  atMostOnceASecond((times, { code }) => {
    logger.error({ error: code, times }, 'cannot accept; raise the limit of open files or lower maxConnections')
  })
