import type { Logger } from 'pino'
import type { Config, EngineName } from '../../config/schema.ts'
import { Asker } from '../../ipc/ask.ts'
import type { ToPrimary, ToWorker } from '../../ipc/messages.ts'
import { StartFailed } from '../start-failed.ts'
import type { StateOwner } from '../state-owner.ts'
import { Inheritance } from './inheritance.ts'
import { Slot } from './slot.ts'
import type { TotalsByWorker } from './totals-by-worker.ts'
import type { WorkerProcess } from './worker-process.ts'

/** With no worker left nobody is served, so the next one does not wait out its back-off. */
const EMPTY_WAIT_MS = 1_000

/** How long after the drain's deadline a worker may take to leave, before it is killed. */
const LEAVE_WITHIN_MS = 2_000
const HURRIED_LEAVE_WITHIN_MS = 500

export interface SupervisorPlan {
  readonly workers: number
  readonly config: Config
  readonly owner: StateOwner
  readonly totals: TotalsByWorker
  readonly logger: Logger
  /** After a good start: workers end as soon as they begin, and it was logged. */
  onGiveUp(): void
}

export interface Drained {
  readonly endedByThemselves: number
  readonly cutShort: number
}

/** Keeps `plan.workers` workers alive until told to drain. */
export class Supervisor {
  /** What is asked of workers. */
  readonly asker = new Asker()
  /** What the worker relays with that got ready last. */
  engine: EngineName | undefined

  readonly #plan: SupervisorPlan
  readonly #slots: readonly Slot[]
  readonly #inheritance: Inheritance
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'
  /** Why a worker does without the engine of choice: said once, not once a worker. */
  #reasonSaid: string | undefined
  readonly #drained = { endedByThemselves: 0, cutShort: 0 }
  #deadline: NodeJS.Timeout | undefined
  #onStarted: (failure?: StartFailed) => void = () => {}
  #onEmpty: () => void = () => {}

  constructor(plan: SupervisorPlan) {
    this.#plan = plan
    this.#inheritance = new Inheritance(plan.workers)
    this.#slots = Array.from({ length: plan.workers }, (_, place) => this.#slot(place))
  }

  get isStarted(): boolean {
    return this.#phase !== 'starting'
  }

  get workers(): WorkerProcess[] {
    return this.#slots.flatMap(({ worker }) => worker ?? [])
  }

  /**
   * Resolves when every worker serves, or when a drain has begun before that.
   *
   * @throws {StartFailed} when one cannot serve; no worker is left then
   */
  async start(): Promise<void> {
    const failure = await new Promise<StartFailed | undefined>((resolve) => {
      this.#onStarted = resolve
      for (const slot of this.#slots) slot.start()
    })
    if (failure) {
      await this.drain(0)
      throw failure
    }
    if (this.#phase === 'starting') this.#phase = 'serving'
  }

  /** Lets connections end for `withinMs`, ends the rest, and resolves when no worker is left. */
  async drain(withinMs: number): Promise<Drained> {
    this.#phase = 'stopping'
    for (const slot of this.#slots) slot.close()
    this.#onStarted()
    this.#drainWorkers(withinMs)
    this.#killAfter(withinMs + LEAVE_WITHIN_MS)
    if (this.workers.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
    }
    clearTimeout(this.#deadline)
    return { ...this.#drained }
  }

  /** Cuts a drain short: what still lives is ended at once. */
  hurry(): void {
    this.#drainWorkers(0)
    this.#killAfter(HURRIED_LEAVE_WITHIN_MS)
  }

  reopenLogs(): void {
    for (const worker of this.workers) worker.send({ kind: 'reopenLog' })
  }

  #drainWorkers(withinMs: number): void {
    this.#plan.owner.edit((state) => ({ ...state, draining: { withinMs } }))
    for (const worker of this.workers) worker.drains()
  }

  #killAfter(ms: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      for (const worker of this.workers) worker.kill()
    }, ms)
  }

  #slot(place: number): Slot {
    const { totals, owner, logger } = this.#plan
    return new Slot({
      onForked: ({ id }) => totals.began(id),
      onMessage: (worker, message) => this.#take(worker, message, place),
      onMalformed: ({ id }) => totals.ignore(id),
      onUnresponsive: ({ id, pid }, silentMs) =>
        logger.error({ worker: id, pid, silentMs }, `worker ${id} said nothing for ${silentMs / 1000} s and is killed`),
      onEnd: (worker, how, nextInMs) => {
        owner.unfollow(worker)
        this.asker.ended(worker.id)
        this.#inheritance.vacate(place)
        this.#ended(worker, how, nextInMs)
      },
      onGiveUp: (reason) => this.#giveUp(reason),
      onDefect: (err) => logger.error({ err }, 'the channel to a worker failed'),
    })
  }

  #take(worker: WorkerProcess, message: ToPrimary, place: number): void {
    switch (message.kind) {
      case 'started':
        worker.send(this.#startMessage(worker.id, place))
        this.#plan.owner.follow(worker)
        break
      case 'serves':
        this.#plan.owner.served(worker, message.version)
        break
      case 'needsState':
        this.#plan.owner.missed(worker)
        break
      case 'ready':
        if (message.insteadBecause && message.insteadBecause !== this.#reasonSaid) {
          this.#reasonSaid = message.insteadBecause
          this.#plan.logger.warn(message.insteadBecause)
        }
        this.engine = message.engine
        this.#plan.logger.debug({ worker: worker.id, pid: worker.pid, engine: message.engine }, 'worker serves')
        if (this.#slots.every(({ served }) => served)) this.#onStarted()
        break
      case 'cannotServe':
        this.#plan.logger.error({ worker: worker.id, pid: worker.pid }, `worker cannot serve: ${message.reason}`)
        break
      case 'drained':
        this.#drained.endedByThemselves += message.endedByThemselves
        this.#drained.cutShort += message.cutShort
        this.#plan.totals.report(worker.id, message.entries)
        break
      case 'answer':
        this.asker.take(worker.id, message)
        break
      case 'report':
        this.#plan.totals.report(worker.id, message.entries)
        break
    }
  }

  #startMessage(workerId: number, place: number): ToWorker {
    const { engine, scheduling, log, inspection } = this.#plan.config
    const settings = { engine, scheduling, log, inspection }
    return { kind: 'start', workerId, settings, loads: this.#inheritance.loadsFor(place) }
  }

  #ended(worker: WorkerProcess, how: string, nextInMs: number | undefined): void {
    const { totals, logger } = this.#plan
    const lost = totals.activeIn(worker.id)
    totals.ended(worker.id)
    if (this.#phase === 'stopping') this.#drained.cutShort += lost
    else {
      const next = nextInMs === undefined ? 'it is not replaced' : `the next one starts in ${nextInMs} ms`
      logger.warn({ worker: worker.id, pid: worker.pid, how, connectionsLost: lost }, `worker ended: ${how}; ${next}`)
    }
    if (this.workers.length > 0) return
    for (const slot of this.#slots) slot.hurry(EMPTY_WAIT_MS)
    this.#onEmpty()
  }

  #giveUp(reason: string): void {
    if (this.#phase === 'starting') this.#onStarted(new StartFailed(`no worker can serve: ${reason}`))
    if (this.#phase !== 'serving') return
    this.#plan.logger.fatal(`giving up: ${reason}`)
    this.#plan.onGiveUp()
  }
}
