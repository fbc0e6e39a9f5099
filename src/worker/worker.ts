/** Puts the parts of a worker together. It takes no decision that is the primary's. */
import { nowMs } from '../clock.ts'
import type { LogConfig } from '../config/schema.ts'
import type { Engine } from '../engine/engine.ts'
import type { WorkerNews, WorkerSettings } from '../ipc/messages.ts'
import { atMostOnceASecond } from '../log/at-most.ts'
import type { Log } from '../log/log.ts'
import { ClientTables } from '../proxy/admit/limits/client-tables.ts'
import { OwnPlaces } from '../proxy/admit/own-places.ts'
import { Living } from '../proxy/living.ts'
import type { ConnectionRecord, LivingConnection } from '../proxy/record.ts'
import { History } from '../proxy/story/history.ts'
import { TimerWheel } from '../proxy/timing/timer-wheel.ts'
import { type Changes, type Plan, planBetween, removesAny } from '../serving/plan.ts'
import type { SharedMemory } from '../serving/shared-memory.ts'
import { type Drain, type ListenerState, NOTHING_SERVED, type ServingState } from '../serving/state.ts'
import { isServed } from '../stats/served.ts'
import { connectionsWithin, openFilesLimit } from '../system/open-files.ts'
import { Pool } from '../upstream/pool.ts'
import type { Server } from '../upstream/server.ts'
import { Connections } from './answers/connections.ts'
import { drainConnections } from './drain.ts'
import { WorkerHandOver } from './hand-over/hand-over.ts'
import { Inspectors, inspectionLogger } from './inspecting.ts'
import { accessLines } from './reporting/access-log.ts'
import { AccessLogWriter } from './reporting/access-log-writer.ts'
import { connectionEvents } from './reporting/connection-events.ts'
import { connectionIds } from './reporting/connection-ids.ts'
import { WorkerCounts } from './reporting/worker-counts.ts'
import { closeConnectionsOfDown } from './server-down.ts'
import { ListenerService, type ServiceParts } from './service.ts'
import { refuseIncomplete, type SocketStore } from './sockets.ts'

export interface WorkerOptions {
  readonly workerId: number
  readonly workerCount: number
  readonly settings: Pick<WorkerSettings, 'inspection'>
  readonly engine: Engine
  readonly log: Log
  /** Holds listening sockets until a state names them. */
  readonly sockets: SocketStore
  /** The memory in which it counts together with the other workers. */
  readonly memory?: SharedMemory
  /** Receives what the primary logs for all workers. */
  readonly tell?: (news: WorkerNews) => void
}

export class Worker {
  readonly log: Log
  readonly living = new Living<LivingConnection>()
  readonly inspectors: Inspectors
  readonly counts = new WorkerCounts({
    isServed: (counted) => isServed(this.state, counted),
    linesLost: () => this.log.linesLost,
    inspectors: () => this.inspectors.running?.counts() ?? [],
  })
  readonly #accessLog: AccessLogWriter
  readonly workerId: number
  readonly engine: Engine
  readonly #pools = new Map<string, Pool>()
  readonly services = new Map<string, ListenerService>()
  readonly #parts: ServiceParts
  readonly connections: Connections
  readonly handOver = new WorkerHandOver(this)
  /** With what the names of its connections begin. */
  readonly connectionPrefix: string
  /** A connection's name in logs. */
  readonly idOf: (record: ConnectionRecord) => string
  /** What it serves. */
  state: ServingState = NOTHING_SERVED
  #draining = false
  #sequence = 0

  constructor({ workerId, workerCount, settings, engine, log, sockets, memory, tell }: WorkerOptions) {
    const { logger } = log
    this.log = log
    this.inspectors = new Inspectors(settings.inspection, workerCount, inspectionLogger(logger))
    this.workerId = workerId
    this.engine = engine
    const ids = connectionIds(workerId)
    const idOf = ({ came, sequence }: ConnectionRecord): string => came?.connectionId ?? ids.of(sequence)
    this.idOf = idOf
    this.connectionPrefix = ids.prefix
    const { living } = this
    const history = new History()
    this.connections = new Connections({ workerId, living, history, ids })
    const accessLog = new AccessLogWriter(log, accessLines(workerId, idOf))
    this.#accessLog = accessLog
    const eventsOf = connectionEvents({ log, accessLog, living, history, idOf, tell })
    this.#parts = {
      wheel: new TimerWheel(),
      sockets,
      living,
      // Without descriptors libuv accepts clients and closes them silently: that must not happen.
      places: new OwnPlaces(engine.name === 'streams' ? connectionsWithin(openFilesLimit()) : Infinity),
      memory,
      clientTables: new ClientTables(memory),
      workerCount,
      nextSequence: () => ++this.#sequence,
      idOf,
      eventsFor: (listener) => eventsOf(this.counts.tallyOf(listener)),
      onAcceptError: atMostOnceASecond((times, { code }) =>
        logger.error({ error: code, times }, 'cannot accept; raise the limit of open files or lower maxConnections'),
      ),
    }
  }

  /**
   * Serves a state from now on, and touches only what it changes.
   *
   * @throws {InspectorsWrong} if an inspector cannot be loaded, or another error if something else is missing; nothing is
   *   touched then, and the previous state stays in effect
   */
  async apply(state: ServingState): Promise<void> {
    const acceptsOn = (name: string, socket: number) => this.services.get(name)?.acceptsOn(socket) === true
    if (!this.#draining) refuseIncomplete(state, this.#parts.sockets, acceptsOn)
    await this.inspectors.load(state)
    const before = this.state
    const plan = planBetween(before, state)
    this.state = state
    this.followLog(state.log)
    this.#applyUpstreams(plan, before)
    this.#applyListeners(plan.listeners)
    for (const name of plan.upstreams.removed) this.#pools.delete(name)
    this.#parts.sockets.closeUnnamed(state)
    if (removesAny(plan)) this.counts.reviewServed()
  }

  /** Logs as this has it from now on. */
  followLog(config: LogConfig): void {
    this.log.follow(config)
    this.#accessLog.follow(config.access)
  }

  /** A server of the state that is served. */
  server(upstream: string, name: string): Server | undefined {
    return this.#pools.get(upstream)?.serverNamed(name)
  }

  /** How many clients it has accepted so far, and connections that it has taken over. */
  get accepted(): number {
    return this.#sequence
  }

  /** Stops accepting, at once, because others go on with the same sockets. What lives still follows the state. */
  stopAccepting(): void {
    this.#draining = true
    for (const service of this.services.values()) service.close()
    this.#parts.sockets.close()
  }

  /**
   * Stops accepting, after the clients that wait already; lets connections finish for `withinMs`, then cuts the rest short.
   * A second call may shorten the time. `DRAIN_AT_ONCE` does all within the call.
   *
   * @returns how many were cut short.
   */
  async drain({ withinMs, spreadMs }: Drain): Promise<number> {
    this.#draining = true
    const deadlineMs = nowMs() + withinMs
    const finishMs = withinMs + spreadMs
    if (finishMs > 0) await Promise.all([...this.services.values()].map((service) => service.finish(finishMs)))
    for (const service of this.services.values()) service.close()
    const cutShort = await drainConnections(this.living, { withinMs: deadlineMs - nowMs(), spreadMs })
    await this.inspectors.end()
    return cutShort
  }

  #applyUpstreams({ upstreams }: Plan, before: ServingState): void {
    for (const [name, plan] of upstreams.set) {
      const upstream = this.state.upstreams.get(name)
      if (upstream === undefined) continue
      const pool = this.#pools.get(name) ?? new Pool(name, this.workerId, this.#parts)
      pool.configure(upstream)
      this.#pools.set(name, pool)
      const current = () => this.state.upstreams.get(name)
      closeConnectionsOfDown(this.living, name, [plan, before.upstreams.get(name), upstream], current)
    }
  }

  #applyListeners({ set, removed }: Changes<ListenerState>): void {
    for (const [name, listener] of set) {
      const pool = this.#pools.get(listener.upstream)
      if (pool === undefined) throw new Error(`no upstream is named "${listener.upstream}"`)
      const inspect = listener.inspect.length > 0 ? this.inspectors.running?.inspect(name, this.idOf) : undefined
      const targets = { engine: this.engine, pool, inspect }
      // It may have come after the services were closed.
      if (this.#draining && !this.services.has(name)) continue
      const service = this.services.get(name) ?? new ListenerService(name, listener, targets, this.#parts)
      this.services.set(name, service)
      service.configure(listener, targets)
    }
    // Last: a socket that another listener has now goes on.
    for (const name of removed) {
      void this.services.get(name)?.finish(Infinity)
      this.services.delete(name)
    }
  }
}
