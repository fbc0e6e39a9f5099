import type { TimeoutsConfig } from '../config/schema.ts'
import type { Engine, EngineEvents, Listening } from '../engine/engine.ts'
import { type AdmissionParts, ListenerAdmission } from '../proxy/admit/listener-admission.ts'
import { serveConnection } from '../proxy/connection.ts'
import type { Inspect } from '../proxy/inspector.ts'
import type { Living } from '../proxy/living.ts'
import type { ConnectionEvents, ConnectionRecord, LivingConnection } from '../proxy/record.ts'
import type { Service } from '../proxy/service.ts'
import type { TimerWheel } from '../proxy/timing/timer-wheel.ts'
import type { AcceptedHeaders, ListenerState } from '../serving/state.ts'
import type { Pool } from '../upstream/pool.ts'
import type { SocketStore } from './sockets.ts'

/** What the services of a worker share. */
export interface ServiceParts extends EngineEvents, AdmissionParts {
  readonly wheel: TimerWheel
  readonly sockets: SocketStore
  readonly living: Living<LivingConnection>
  readonly nextSequence: () => number
  readonly idOf: (record: ConnectionRecord) => string
  eventsFor(listener: string): ConnectionEvents
}

/** The parts of this worker that a listener's state refers to. */
export interface ServiceTargets {
  /** How its clients are relayed. It stays: a connection is dialled and relayed by the engine that accepted it. */
  readonly engine: Engine
  readonly pool: Pool
  readonly inspect: Inspect | undefined
}

/**
 * What a worker makes of one listener. It can be reconfigured in place: living connections keep the server and the
 * inspectors that they began with; clocks and limits follow the state. A closed service is released with its last
 * connection.
 */
export class ListenerService implements Service {
  readonly listener: string
  readonly engine: Engine
  readonly wheel: TimerWheel
  readonly events: ConnectionEvents
  readonly nextSequence: () => number
  readonly idOf: (record: ConnectionRecord) => string
  readonly admission: ListenerAdmission
  timeouts: TimeoutsConfig
  pool: Pool
  acceptProxyProtocol: AcceptedHeaders | undefined
  inspect: Inspect | undefined
  readonly #parts: ServiceParts
  readonly #listening = new Map<number, Listening>()
  #isClosed = false

  constructor(
    listener: string,
    { acceptProxyProtocol, timeouts }: ListenerState,
    targets: ServiceTargets,
    parts: ServiceParts,
  ) {
    this.listener = listener
    this.engine = targets.engine
    this.wheel = parts.wheel
    this.events = parts.eventsFor(listener)
    this.nextSequence = parts.nextSequence
    this.idOf = parts.idOf
    this.admission = new ListenerAdmission(listener, parts)
    this.timeouts = timeouts
    this.pool = targets.pool
    this.acceptProxyProtocol = acceptProxyProtocol
    this.inspect = targets.inspect
    this.#parts = parts
  }

  /** Follows the state of its listener, and accepts on exactly the sockets that it names. */
  configure(state: ListenerState, { pool, inspect }: ServiceTargets): void {
    const { acceptProxyProtocol, timeouts, sockets } = state
    this.admission.follow(state)
    this.pool = pool
    this.acceptProxyProtocol = acceptProxyProtocol
    this.inspect = inspect
    if (this.timeouts !== timeouts) this.#setTimeouts(timeouts)
    if (this.#isClosed) return
    for (const number of sockets) if (!this.#listening.has(number)) this.#listen(number)
    for (const [number, listening] of this.#listening) {
      if (sockets.includes(number)) continue
      this.#listening.delete(number)
      void this.#finish(number, listening, Infinity)
    }
  }

  acceptsOn(socket: number): boolean {
    return this.#listening.has(socket)
  }

  /** Accepts the clients that wait, then no more; see `Listening`. Living connections go on. */
  async finish(withinMs: number): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#listening].map(([number, listening]) => this.#finish(number, listening, withinMs)))
  }

  /** Stops accepting, at once and for good. Living connections go on, and follow the state. */
  close(): void {
    this.#isClosed = true
    for (const listening of this.#listening.values()) listening.close()
    this.#listening.clear()
  }

  /** Scheduled clock readings follow the old timeouts: living connections read their clocks again. */
  #setTimeouts(timeouts: TimeoutsConfig): void {
    this.timeouts = timeouts
    void this.#reviewClocks()
  }

  async #reviewClocks(): Promise<void> {
    for await (const connections of this.#parts.living.slices()) {
      for (const connection of connections) if (connection.record.listener === this.listener) connection.reviewClocks()
    }
  }

  async #finish(number: number, listening: Listening, withinMs: number): Promise<void> {
    if (this.#parts.sockets.isPassed(number)) listening.close()
    else await listening.finish(withinMs)
  }

  #listen(number: number): void {
    const socket = this.#parts.sockets.take(number)
    const listening = this.engine.listen(socket, (client) => serveConnection(client, this), this.#parts)
    this.#listening.set(number, listening)
  }
}
