import type { Logger } from 'pino'
import type { WorkerNews } from '../../ipc/messages.ts'
import { atMostOnceEach, FAILED_DIALS_EVERY_MS } from '../../log/at-most.ts'

type DialsFailed = Omit<Extract<WorkerNews, { kind: 'dialsFailed' }>, 'kind'>

/** Warns of a server that cannot be reached, at most once a minute, however many workers report it. */
export const dialFailureLogger = (logger: Logger): ((failed: DialsFailed) => void) => {
  const timesToSay = atMostOnceEach(FAILED_DIALS_EVERY_MS)
  return ({ upstream, server, error, times }) => {
    const failures = timesToSay(`${upstream} ${server}`, times)
    if (failures === undefined) return
    logger.warn({ upstream, server, error, failures }, `server ${server} of upstream ${upstream} cannot be reached`)
  }
}
