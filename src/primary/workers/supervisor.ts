import type { Logger } from 'pino'
import type { Config, EngineName } from '../../config/schema.ts'
import { type Answers, Asker } from '../../ipc/ask.ts'
import type { ToPrimary, ToWorker } from '../../ipc/messages.ts'
import type { QuestionName, QuestionSubjects } from '../../ipc/questions.ts'
import { DRAIN_AT_ONCE, type Drain } from '../../serving/state.ts'
import { StartFailed } from '../exit.ts'
import type { SharedLimits } from '../limits/shared-limits.ts'
import { EMPTY_WAIT_MS, soonestMs } from './back-off.ts'
import { Inheritance } from './inheritance.ts'
import { KillDeadline } from './kill-deadline.ts'
import { Slot } from './slot.ts'
import { handOn, type WorkerMessageParts } from './worker-messages.ts'
import { insteadSayer, sayEnded, sayRefused, sayUnresponsive } from './worker-news.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'

/** How long after the drain's deadline a worker may take to exit, before it is killed. */
const LEAVE_WITHIN_MS = 2_000
const HURRIED_LEAVE_WITHIN_MS = 500

export interface SupervisorPlan extends Omit<WorkerMessageParts, 'asker'> {
  readonly workers: number
  readonly config: Config
  readonly limits: SharedLimits
  readonly logger: Logger
  /** Called after a successful start, if workers cannot serve any longer; it was logged. */
  onGiveUp(): void
}

export interface DrainResult {
  readonly endedByThemselves: number
  readonly cutShort: number
}

/** Keeps `plan.workers` workers alive until told to drain. */
export class Supervisor {
  /** The engine of the worker that became ready last. */
  engine: EngineName | undefined

  readonly #plan: SupervisorPlan
  readonly #asker = new Asker()
  readonly #slots: readonly Slot[]
  readonly #inheritance: Inheritance
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'
  readonly #sayInstead: (reason: string) => void
  readonly #drained = { endedByThemselves: 0, cutShort: 0 }
  readonly #killing = new KillDeadline(() => this.workers)
  #onStarted: (failure?: StartFailed) => void = () => {}
  #onEmpty: () => void = () => {}

  constructor(plan: SupervisorPlan) {
    this.#plan = plan
    this.#sayInstead = insteadSayer(plan.logger)
    this.#inheritance = new Inheritance(plan.workers, plan.limits.descriptor)
    this.#slots = Array.from({ length: plan.workers }, (_, place) => this.#slot(place))
  }

  get isStarted(): boolean {
    return this.#phase !== 'starting'
  }

  get workers(): WorkerProcess[] {
    return this.#slots.flatMap(({ worker }) => worker ?? [])
  }

  /**
   * Resolves when every worker serves, or when a drain begins before that. A worker that cannot serve is not waited for
   * if others can.
   *
   * @throws {StartFailed} when none can serve; no worker is left then
   */
  async start(): Promise<void> {
    const failure = await new Promise<StartFailed | undefined>((resolve) => {
      this.#onStarted = resolve
      for (const slot of this.#slots) slot.start()
    })
    if (failure) {
      await this.drain(DRAIN_AT_ONCE)
      throw failure
    }
    if (this.#phase === 'starting') this.#phase = 'serving'
  }

  /** Lets connections finish, cuts the rest short, and resolves when no worker is left. */
  async drain(draining: Drain): Promise<DrainResult> {
    this.#phase = 'stopping'
    for (const slot of this.#slots) slot.close()
    this.#onStarted()
    this.#drainWorkers(draining)
    this.#killing.setIn(draining.withinMs + draining.spreadMs + LEAVE_WITHIN_MS)
    if (this.workers.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
    }
    this.#killing.clear()
    return { ...this.#drained }
  }

  /** Cuts a drain short: living connections are ended at once. */
  hurry(): void {
    this.#drainWorkers(DRAIN_AT_ONCE)
    this.#killing.setIn(HURRIED_LEAVE_WITHIN_MS)
  }

  /** Asks every worker that has started, or only that of this id. The answers are there after `withinMs` at the latest; see `Asker`. */
  ask<Name extends QuestionName>(
    name: Name,
    withinMs: number,
    about: QuestionSubjects[Name],
    id?: number,
  ): Promise<Answers<Name>> {
    const asked = this.workers.filter((worker) => worker.state !== 'starting' && (id === undefined || worker.id === id))
    return this.#asker.ask(asked, name, withinMs, about)
  }

  tell(message: ToWorker): void {
    for (const worker of this.workers) worker.send(message)
  }

  #drainWorkers(draining: Drain): void {
    this.#plan.owner.edit((state) => ({ ...state, draining }))
    for (const worker of this.workers) worker.drains()
  }

  #slot(place: number): Slot {
    const { totals, owner, limits, logger, config } = this.#plan
    return new Slot(config.workerTimeoutMs, {
      onForked: ({ id }) => totals.began(id),
      onMessage: (worker, message) => this.#take(worker, message, place),
      onMalformed: ({ id }) => totals.ignore(id),
      onUnresponsive: (worker, silentMs) => sayUnresponsive(logger, worker, silentMs, totals.activeIn(worker.id)),
      onEnd: (worker, end, nextInMs) => {
        owner.unfollow(worker)
        this.#asker.ended(worker.id)
        limits.vacate(place)
        this.#ended(worker, end, nextInMs)
      },
      onRefused: (error, nextInMs) => {
        sayRefused(logger, error, soonestMs(nextInMs, this.workers.length))
        this.#oneFewer()
      },
      onGiveUp: (reason) => this.#giveUp(reason),
      isAnyServing: () => this.workers.some(({ state }) => state === 'serving'),
      onDefect: (err) => logger.error({ err }, 'the channel to a worker failed'),
    })
  }

  #take(worker: WorkerProcess, message: ToPrimary, place: number): void {
    switch (message.kind) {
      case 'started':
        worker.send(this.#inheritance.startMessage(worker.id, place, this.#plan.config, this.#plan.owner.state))
        break
      case 'ready':
        if (message.insteadBecause) this.#sayInstead(message.insteadBecause)
        if (message.unsharedBecause && this.#plan.limits.divide(message.unsharedBecause))
          this.#plan.owner.edit((state) => ({ ...state }))
        this.engine = message.engine
        this.#plan.logger.debug({ worker: worker.id, pid: worker.pid, engine: message.engine }, 'worker serves')
        this.#startedOnceSettled()
        break
      case 'cannotServe':
        this.#plan.logger.error({ worker: worker.id, pid: worker.pid }, `worker cannot serve: ${message.reason}`)
        break
      case 'drained':
        this.#drained.endedByThemselves += message.endedByThemselves
        this.#drained.cutShort += message.cutShort
        break
    }
    handOn(message, worker, { ...this.#plan, asker: this.#asker })
  }

  #ended(worker: WorkerProcess, end: WorkerEnd, nextInMs: number | undefined): void {
    const { totals, logger } = this.#plan
    const lost = totals.activeIn(worker.id)
    totals.ended(worker.id, this.#phase === 'stopping' && end.how === 'exit' ? undefined : end.how)
    if (this.#phase === 'stopping') this.#drained.cutShort += lost
    else sayEnded(logger, worker, end, lost, soonestMs(nextInMs, this.workers.length))
    this.#oneFewer()
  }

  #oneFewer(): void {
    this.#startedOnceSettled()
    if (this.workers.length > 0) return
    for (const slot of this.#slots) slot.hurry(EMPTY_WAIT_MS)
    this.#onEmpty()
  }

  #startedOnceSettled(): void {
    const isServed = this.#slots.some(({ served }) => served)
    if (isServed && this.#slots.every(({ isSettled }) => isSettled)) this.#onStarted()
  }

  #giveUp(reason: string): void {
    if (this.#phase === 'starting') this.#onStarted(new StartFailed(`no worker can serve: ${reason}`))
    if (this.#phase !== 'serving') return
    this.#plan.logger.fatal(`giving up: ${reason}`)
    this.#plan.onGiveUp()
  }
}
