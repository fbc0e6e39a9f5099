import type { WorkerNews } from '../../ipc/messages.ts'
import { atMostOnceEach } from '../../log/at-most.ts'
import type { Log } from '../../log/log.ts'
import { LostOnItsWay } from '../../proxy/hand-over/given-connection.ts'
import type { Living } from '../../proxy/living.ts'
import type { ConnectionEvents, ConnectionRecord, LivingConnection } from '../../proxy/record.ts'
import type { History } from '../../proxy/story/history.ts'
import type { Tally } from '../../stats/tally.ts'
import type { Server } from '../../upstream/server.ts'
import type { AccessLogWriter } from './access-log-writer.ts'
import { FailedDials } from './failed-dials.ts'
import { lackOf } from './own-fault.ts'

/** Of each kind. */
const SAY_LACK_EVERY_MS = 60_000

export interface EventParts {
  readonly log: Log
  readonly accessLog: AccessLogWriter
  readonly living: Living<LivingConnection>
  /** Those that have ended. */
  readonly history: History
  /** A connection's name in logs. */
  readonly idOf: (record: ConnectionRecord) => string
  /** Receives what the primary acts on, or logs for all workers. */
  readonly tell: ((news: WorkerNews) => void) | undefined
}

/** Handles the events of a listener's connections: they are counted, kept among the living, and logged. */
export const connectionEvents = ({ log, accessLog, living, history, idOf, tell }: EventParts) => {
  const { logger } = log
  const failedDials = tell && new FailedDials(tell)
  const timesToSay = atMostOnceEach(SAY_LACK_EVERY_MS)
  const sayLack = (lack: string, upstream: string, { name }: Server, error: Error): void => {
    const failures = timesToSay(lack)
    if (failures === undefined) return
    logger.error({ upstream, server: name, error: error.message, failures }, `cannot dial server ${name}: ${lack}`)
  }
  return (tally: Tally): ConnectionEvents => ({
    opened: (connection) => {
      living.add(connection)
      tally.opened()
    },
    queued: (record) => tally.queued(record),
    leftQueue: (record) => tally.leftQueue(record),
    dialFailed: (record, server, error) => {
      logger.debug({ connectionId: idOf(record), server: server.name, error: error.message }, 'dial failed')
      const lack = lackOf(error)
      if (lack !== undefined) return sayLack(lack, record.upstream, server, error)
      tally.dialFailed(record, server, error)
      failedDials?.add(record.upstream, server, error)
    },
    reached: (record, server) => {
      server.reachedMs = record.dialledMs
      return tally.reached(record, server)
    },
    closed: (connection, ended) => {
      const { record } = connection
      tally.closed(connection, ended)
      living.remove(connection)
      history.add(record, ended)
      if (ended.outcome === 'internalError' && !(ended.error instanceof LostOnItsWay)) {
        logger.error({ connectionId: idOf(record), err: ended.error }, 'a defect ended a connection')
      }
      accessLog.write(record, ended)
    },
    takenOver: (connection, server) => {
      living.add(connection)
      return tally.takenOver(connection.record, server)
    },
    handedOver: (connection) => {
      tally.handedOver(connection.record)
      living.remove(connection)
    },
  })
}
