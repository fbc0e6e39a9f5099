import type { Logger } from 'pino'
import type { Engine } from '../../engine/engine.ts'
import { descriptorsOf } from '../../engine/hand-over/given-relay.ts'
import { goOnServing } from '../../proxy/connection.ts'
import type { GivenConnection } from '../../proxy/hand-over/given-connection.ts'
import type { Living } from '../../proxy/living.ts'
import type { ConnectionRecord, LivingConnection } from '../../proxy/record.ts'
import type { Service } from '../../proxy/service.ts'
import type { ServingState } from '../../serving/state.ts'
import { closeDescriptors } from '../../system/descriptor.ts'
import type { Server } from '../../upstream/server.ts'
import type { Giver } from './giver.ts'
import { guardConnections } from './guard.ts'
import type { Taker } from './taker.ts'

/** What a worker needs to give its connections to another one, and to take those of another. */
export interface MovingWorker {
  readonly workerId: number
  readonly log: { readonly logger: Logger }
  readonly engine: Engine
  readonly living: Living<LivingConnection>
  readonly idOf: (record: ConnectionRecord) => string
  readonly state: Pick<ServingState, 'listeners' | 'upstreams'>
  readonly services: ReadonlyMap<string, Service>
  server(upstream: string, name: string): Server | undefined
}

/** A worker's part in the hand-over of living connections. System calls are loaded only where they can be made. */
export class WorkerHandOver {
  readonly #worker: MovingWorker
  #parts: { readonly Giver: typeof Giver; readonly Taker: typeof Taker } | undefined
  #taker: Taker | undefined
  /** One for each process that has taken some. */
  readonly #givers: Giver[] = []

  constructor(worker: MovingWorker) {
    this.#worker = worker
  }

  /**
   * Loads what a hand-over needs, where the engine can. Not only when it is needed: there may be no descriptor left then, or
   * another version's files in the place of ours.
   */
  async load(): Promise<void> {
    if (this.#worker.engine.handOver === undefined) return
    const [{ Giver }, { Taker }] = [await import('./giver.ts'), await import('./taker.ts')]
    this.#parts = { Giver, Taker }
  }

  /**
   * The address where another worker can give its connections to this one; undefined where it takes none.
   *
   * @param report reports to the primary what it counts
   */
  address(report: () => void): string | undefined {
    const { engine, living, log, workerId } = this.#worker
    const { logger } = log
    const { handOver } = engine
    if (handOver === undefined || this.#parts === undefined) return undefined
    try {
      this.#taker ??= new this.#parts.Taker({
        workerId,
        logger,
        handOver,
        living,
        report,
        known: () => this.#known(),
        takeOver: (given) => this.#takeOver(given),
      })
      this.#taker.expect()
      return this.#taker.address
    } catch (error) {
      logger.warn(`connections of other workers cannot be taken over: ${(error as Error).message}`)
      return undefined
    }
  }

  /** From now on no connection may end with a FIN if this process is killed; or none that begins is marked any more. */
  guard(isOn: boolean): void {
    const { engine, living } = this.#worker
    guardConnections(engine.handOver, living, isOn)
  }

  /** How many of its connections others have now. */
  get given(): number {
    return this.#givers.reduce((sum, { handedOver }) => sum + handedOver, 0)
  }

  /** Gives what can move now to the worker at an address, and from then on what can move later. If none can, why is logged. */
  async giveTo(address: string): Promise<void> {
    const { engine, idOf, living, log, workerId } = this.#worker
    const { logger } = log
    const { handOver } = engine
    if (handOver === undefined || this.#parts === undefined) {
      logger.info(`${living.size} connections stay until they end: the ${engine.name} engine cannot hand over`)
      return
    }
    const giver = await this.#parts.Giver.open(address, { workerId, logger, handOver, living, idOf })
    if (giver === undefined) return
    this.#givers.push(giver)
    await giver.giveAll()
  }

  #known() {
    const { listeners, upstreams } = this.#worker.state
    const servers = [...upstreams].flatMap(([upstream, { servers }]) =>
      [...servers.keys()].map((server) => ({ upstream, server })),
    )
    return { listeners: [...listeners.keys()], servers }
  }

  #takeOver(given: GivenConnection): void {
    const { handOver } = this.#worker.engine
    const { listener, server: name, upstream } = given.facts
    const [service, server] = [this.#worker.services.get(listener), this.#worker.server(upstream, name)]
    if (handOver === undefined || service === undefined || server === undefined) {
      closeDescriptors(descriptorsOf(given.relay))
      throw new Error(`this worker has no listener ${listener}, or no server ${name} in upstream ${upstream}`)
    }
    goOnServing(given, handOver, service, server)
  }
}
