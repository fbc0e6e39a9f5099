import type { Logger } from 'pino'
import type { FailedServer } from '../../ipc/messages.ts'
import { atMostOnceEach } from '../../log/at-most.ts'

const EVERY_MS = 60_000

/** Warns of servers that cannot be reached, of each at most once a minute, however many workers report it. */
export const dialFailureLogger = (logger: Logger): ((servers: readonly FailedServer[]) => void) => {
  const timesToSay = atMostOnceEach(EVERY_MS)
  return (servers) => {
    for (const { upstream, server, error, times } of servers) {
      const failures = timesToSay(`${upstream} ${server}`, times)
      if (failures === undefined) continue
      logger.warn({ upstream, server, error, failures }, `server ${server} of upstream ${upstream} cannot be reached`)
    }
  }
}
