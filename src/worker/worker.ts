/** A worker serves: here its parts are put together. It takes no decision that is the primary's. */
import type { Config, ListenerConfig, LogLevel } from '../config/schema.ts'
import type { Engine, Listening } from '../engine/engine.ts'
import type { WorkerInspection } from '../inspection/inspection.ts'
import type { InheritedSocket } from '../ipc/messages.ts'
import { type Log, openLog } from '../log/log.ts'
import { connectionsWithin, openFilesLimit } from '../open-files.ts'
import { type Route, serveConnection } from '../proxy/connection.ts'
import type { ConnectionEvents, ConnectionRecord } from '../proxy/record.ts'
import { TimerWheel } from '../proxy/timing/timer-wheel.ts'
import { Tally } from '../stats/tally.ts'
import type { WorkerTotals } from '../stats/totals.ts'
import { Pool } from '../upstream/pool.ts'
import { acceptErrorLogger } from './accept-errors.ts'
import { accessLines } from './access-log.ts'
import { drainConnections } from './drain.ts'
import { inspectionLogger } from './inspecting.ts'

export interface WorkerOptions {
  readonly workerId: number
  readonly workerCount: number
  readonly config: Config
  readonly sockets: readonly InheritedSocket[]
  readonly engine: Engine
  /** Where a listener has inspectors. The worker closes it at its end. */
  readonly inspection?: WorkerInspection | undefined
}

/** What the threads may take to finish when the last connection has ended: a capture's last bytes, for instance. */
const SETTLE_WITHIN_MS = 1_000

export class Worker {
  readonly log: Log
  readonly #tally: Tally
  readonly #inspection: WorkerInspection | undefined
  readonly #listening: Listening[] = []

  /** Serves every listener from now on. */
  constructor(options: WorkerOptions) {
    const { config, engine, sockets, workerId } = options
    this.log = openLog(config.log, { worker: workerId })
    this.#tally = new Tally(namesOf(config.listeners), serverNames(config))
    this.#inspection = options.inspection
    if (options.inspection) options.inspection.troubles = inspectionLogger(this.log.logger)
    const routes = this.#routes(options)
    const events = { onAcceptError: acceptErrorLogger(this.log.logger) }
    for (const { listener, descriptor } of sockets) {
      const route = routes.get(listener)
      if (route === undefined)
        throw new Error(`there is a socket for the listener "${listener}", which is not in the config`)
      this.#listening.push(engine.listen(descriptor, (client) => void serveConnection(client, route), events))
    }
  }

  totals(): WorkerTotals {
    const totals = this.#tally.totals()
    const { linesLost } = this.log
    if (linesLost > 0) totals.logLinesLost = linesLost
    if (this.#inspection) totals.inspectors = this.#inspection.counts()
    return totals
  }

  setLogLevel(level: LogLevel): void {
    this.log.setLevel(level)
  }

  /** How many connections live. */
  get living(): number {
    return this.#tally.living.size
  }

  /**
   * Stops accepting, lets connections finish for `withinMs`, and cuts the rest short. A second call may shorten the time.
   *
   * @returns how many were cut short.
   */
  async drain(withinMs: number): Promise<number> {
    for (const listening of this.#listening.splice(0)) listening.close()
    const cutShort = await drainConnections(this.#tally.living, withinMs)
    await this.#inspection?.settle(SETTLE_WITHIN_MS)
    this.#inspection?.close()
    return cutShort
  }

  #routes({ config, engine, workerId, workerCount, inspection }: WorkerOptions): Map<string, Route> {
    const wheel = new TimerWheel()
    // Out of descriptors libuv accepts clients and closes them, and tells nobody: it must not come to that.
    const worker = { active: 0, limit: engine.name === 'streams' ? connectionsWithin(openFilesLimit()) : Infinity }
    const pools = new Map(config.upstreams.map((upstream) => [upstream.name, new Pool(upstream, workerId)]))
    const idOf = connectionIds(workerId)
    const events = this.#events(config, workerId, idOf)
    let sequence = 0
    const nextSequence = (): number => ++sequence
    const routeOf = (listener: ListenerConfig): Route => {
      const pool = pools.get(listener.upstream)
      if (pool === undefined) throw new Error(`no upstream is named "${listener.upstream}"`)
      return {
        listener: listener.name,
        timeouts: listener.timeouts,
        pool,
        admission: { active: 0, limit: Math.ceil(listener.maxConnections / workerCount), worker },
        engine,
        wheel,
        events,
        nextSequence,
        ...(inspection && listener.inspect.length > 0 && { inspect: inspection.inspect(listener.name, idOf) }),
      }
    }
    return new Map(config.listeners.map((listener) => [listener.name, routeOf(listener)]))
  }

  #events(config: Config, workerId: number, idOf: (record: ConnectionRecord) => string): ConnectionEvents {
    const { logger, writeLine } = this.log
    const tally = this.#tally
    const lineOf = accessLines(workerId, idOf)
    return {
      opened: (connection) => tally.opened(connection),
      dialFailed: (record, server, error) => {
        tally.dialFailed(record, server)
        logger.debug({ connectionId: idOf(record), server: server.name, error: error.message }, 'dial failed')
      },
      closed: (connection, ended) => {
        const { record } = connection
        tally.closed(connection, ended)
        if (ended.outcome === 'internalError') {
          logger.error({ connectionId: idOf(record), err: ended.error }, 'a defect ended a connection')
        }
        if (config.log.access) writeLine(lineOf(record, ended))
      },
    }
  }
}

const namesOf = (named: readonly { readonly name: string }[]): string[] => named.map(({ name }) => name)

const serverNames = (config: Config): Record<string, string[]> =>
  Object.fromEntries(config.upstreams.map((upstream) => [upstream.name, namesOf(new Pool(upstream, 0).servers)]))

/** Unique across workers and restarts: when the worker began, which one it is, and the connection's number. */
const connectionIds = (workerId: number): ((record: ConnectionRecord) => string) => {
  const prefix = `${Date.now().toString(36)}-${workerId}-`
  return ({ sequence }) => prefix + sequence.toString(36)
}
