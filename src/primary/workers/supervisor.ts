import type { Logger } from 'pino'
import type { Config, EngineName } from '../../config/schema.ts'
import { type Answers, Asker } from '../../ipc/ask.ts'
import type { ToPrimary, ToWorker } from '../../ipc/messages.ts'
import type { QuestionName, QuestionSubjects } from '../../ipc/questions.ts'
import { DRAIN_AT_ONCE, type Drain } from '../../serving/state.ts'
import { StartFailed } from '../exit.ts'
import type { SharedLimits } from '../limits/shared-limits.ts'
import { EMPTY_WAIT_MS, soonestMs } from './back-off.ts'
import { Crew } from './crew.ts'
import { Inheritance } from './inheritance.ts'
import type { Replaced } from './replacing/replacement.ts'
import { takerAddress } from './replacing/taker-address.ts'
import { Slot } from './slot.ts'
import { type DrainResult, Stopping } from './stopping.ts'
import { handOn, type WorkerMessageParts } from './worker-messages.ts'
import { insteadSayer, sayEnded, sayLeft, sayRefused, sayUnresponsive } from './worker-news.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'

export interface SupervisorPlan extends Omit<WorkerMessageParts, 'asker'> {
  readonly workers: number
  /** The config that copyloop was started with. */
  readonly config: Config
  /** Of the config that is in effect. */
  settings(): Pick<Config, 'drainTimeoutMs' | 'drainSpreadMs' | 'workerMemoryBytes'>
  readonly limits: SharedLimits
  readonly logger: Logger
  /** Called after a successful start, if workers cannot serve any longer; it was logged. */
  onGiveUp(): void
}

/** Keeps `plan.workers` workers alive until told to drain. */
export class Supervisor {
  /** The engine of the worker that became ready last. */
  engine: EngineName | undefined

  readonly #plan: SupervisorPlan
  readonly #asker = new Asker()
  readonly #crew: Crew
  readonly #inheritance: Inheritance
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'
  readonly #sayInstead: (reason: string) => void
  readonly #stopping: Stopping
  #onStarted: (failure?: StartFailed) => void = () => {}

  constructor(plan: SupervisorPlan) {
    this.#plan = plan
    this.#sayInstead = insteadSayer(plan.logger)
    this.#inheritance = new Inheritance(plan.workers, plan.limits.descriptor)
    const { owner, logger, settings } = plan
    const slots = Array.from({ length: plan.workers }, () => this.#slot())
    this.#stopping = new Stopping(() => this.workers, owner)
    this.#crew = new Crew(slots, { owner, logger, settings, takerAddress: (worker) => takerAddress(this, worker) })
  }

  get isStarted(): boolean {
    return this.#phase !== 'starting'
  }

  /** All that live: also those that others have replaced, and those that are about to replace others. */
  get workers(): WorkerProcess[] {
    return this.#crew.all
  }

  /**
   * Replaces all workers by new ones, one after another, and resolves once the new ones serve: the old ones may still drain.
   * Never rejects. If it is asked for while other workers are replaced, those come first.
   */
  replaceWorkers(): Promise<Replaced> {
    return this.#crew.replacement.all()
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
      for (const slot of this.#crew.slots) slot.start()
    })
    if (failure) {
      await this.drain(DRAIN_AT_ONCE)
      throw failure
    }
    if (this.#phase === 'starting') this.#phase = 'serving'
  }

  /** Lets connections finish, cuts the rest short, and resolves when no worker is left. */
  drain(draining: Drain): Promise<DrainResult> {
    this.#phase = 'stopping'
    for (const slot of this.#crew.slots) slot.close()
    this.#crew.replacement.stop()
    this.#onStarted()
    return this.#stopping.drain(draining)
  }

  /** Cuts a drain short: living connections are ended at once. */
  hurry(): void {
    this.#stopping.hurry()
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

  #slot(): Slot {
    const { totals, owner, logger, config } = this.#plan
    return new Slot(config.workerTimeoutMs, {
      onForked: (worker) => {
        totals.began(worker.id)
        this.#crew.began(worker)
      },
      onMessage: (worker, message) => this.#take(worker, message),
      onMalformed: ({ id }) => totals.ignore(id),
      onUnresponsive: (worker, silentMs) => sayUnresponsive(logger, worker, silentMs, totals.activeIn(worker.id)),
      onEnd: (worker, end, nextInMs) => {
        owner.unfollow(worker)
        this.#asker.ended(worker.id)
        this.#ended(worker, end, nextInMs)
      },
      onRefused: (error, nextInMs) => {
        sayRefused(logger, error, soonestMs(nextInMs, this.#crew.present))
        this.#oneFewer()
      },
      onGiveUp: (reason) => this.#giveUp(reason),
      isAnyServing: () => this.workers.some(({ state }) => state === 'serving'),
      onDefect: (err) => logger.error({ err }, 'the channel to a worker failed'),
    })
  }

  #take(worker: WorkerProcess, message: ToPrimary): void {
    const { config, limits, logger, owner } = this.#plan
    switch (message.kind) {
      case 'started':
        worker.send(this.#inheritance.startMessage(worker.id, this.#crew.placeOf(worker), config, owner.state))
        break
      case 'ready':
        if (message.insteadBecause) this.#sayInstead(message.insteadBecause)
        if (message.unsharedBecause && limits.divide(message.unsharedBecause)) owner.edit((state) => ({ ...state }))
        this.engine = message.engine
        logger.debug({ worker: worker.id, pid: worker.pid, engine: message.engine }, 'worker serves')
        this.#startedOnceSettled()
        break
      case 'cannotServe':
        logger.error({ worker: worker.id, pid: worker.pid }, `worker cannot serve: ${message.reason}`)
        break
      case 'drained':
        if (this.#phase === 'stopping') this.#stopping.drained(message)
        break
    }
    handOn(message, worker, { ...this.#plan, asker: this.#asker })
    this.#crew.heard(worker, message)
  }

  #ended(worker: WorkerProcess, end: WorkerEnd, nextInMs: number | undefined): void {
    const { totals, limits, logger } = this.#plan
    const lost = totals.activeIn(worker.id)
    const { role, place, left } = this.#crew.ended(worker, end)
    limits.vacate(place)
    const isAsTold = this.#phase === 'stopping' && end.how === 'exit'
    totals.ended(worker.id, left ? 'replaced' : isAsTold ? undefined : end.how)
    if (this.#phase === 'stopping') this.#stopping.ended(lost)
    else if (left) sayLeft(logger, worker, left)
    else sayEnded(logger, worker, end, lost, soonestMs(nextInMs, this.#crew.present), role)
    this.#oneFewer()
  }

  #oneFewer(): void {
    this.#startedOnceSettled()
    if (this.#crew.present === 0) for (const slot of this.#crew.slots) slot.hurry(EMPTY_WAIT_MS)
  }

  #startedOnceSettled(): void {
    const isServed = this.#crew.slots.some(({ served }) => served)
    if (isServed && this.#crew.slots.every(({ isSettled }) => isSettled)) this.#onStarted()
  }

  #giveUp(reason: string): void {
    if (this.#phase === 'starting') this.#onStarted(new StartFailed(`no worker can serve: ${reason}`))
    if (this.#phase !== 'serving') return
    this.#plan.logger.fatal(`giving up: ${reason}`)
    this.#plan.onGiveUp()
  }
}
