import process from 'node:process'
import { chooseEngine } from '../engine/choose-engine.ts'
import type { ToPrimary, ToWorker } from '../ipc/messages.ts'
import { openLog } from '../log/log.ts'
import type { OnOpened } from '../log/log-file.ts'
import { DRAIN_AT_ONCE, type Drain, type ServingState } from '../serving/state.ts'
import { asReported } from '../stats/totals.ts'
import { answer } from './answers/answers.ts'
import { StateFollower } from './following.ts'
import { mapMemory } from './process/map-memory.ts'
import { neverOutlivePrimary } from './process/orphan.ts'
import { schedule } from './process/schedule.ts'
import { Reporter } from './reporting/report.ts'
import { warningTeller } from './reporting/warnings.ts'
import { SocketStore } from './sockets.ts'
import { Worker } from './worker.ts'

type Message<Kind extends ToWorker['kind']> = Extract<ToWorker, { kind: Kind }>

interface StartResult {
  readonly worker: Worker
  readonly reporter: Reporter
  /** Sent to the primary once the first state is served. */
  readonly ready: Extract<ToPrimary, { kind: 'ready' }>
}

/** The primary kills a worker that has not left two seconds after the drain's deadline. */
const END_LOG_WITHIN_MS = 1_500

/** The life of a worker process: it starts, follows the state, and ends when the state drains it or the primary is gone. */
export class WorkerLife {
  /** Holds listening sockets until a state names them. */
  readonly sockets = new SocketStore()
  readonly follower = new StateFollower({
    apply: (state) => this.#serve(state),
    onServed: (version) => this.#send({ kind: 'serves', version }),
    onFailed: (version, error) => this.#failed(version, error),
    onGap: () => this.#send({ kind: 'needsState' }),
    onDraining: (draining) => void this.#drain(draining),
    onLog: (log) => this.#started?.worker.followLog(log),
  })
  readonly #send: (message: ToPrimary, sent?: () => void) => void
  #starting: Promise<StartResult> | undefined
  #started: StartResult | undefined
  #isReady = false
  #drainsUnderWay = 0
  #cutShort = 0
  /** The connections that had ended before the drain began. */
  #othersAtDrain: number | undefined

  constructor(send: (message: ToPrimary, sent?: () => void) => void) {
    this.#send = send
  }

  start(message: Message<'start'>): void {
    this.#starting = this.#start(message)
    this.#starting.catch((error: Error) => this.#cannotServe(error))
  }

  reopenLog(): void {
    // A log that is not open yet will open the new file.
    if (this.#started) this.#started.worker.log.reopen()
    else this.#send({ kind: 'logOpened' })
  }

  answer(question: Message<'ask'>): void {
    if (this.#started) void answer(this.#started, question, this.#send)
  }

  /** Others accept its clients from now on: it exits once its connections have moved, have ended, or are cut. */
  async leave({ draining, taker }: Message<'leave'>): Promise<void> {
    this.#started?.worker.stopAccepting()
    if (taker !== undefined) await this.giveTo(taker)
    await this.#drain(draining)
  }

  guard(isOn: boolean): void {
    this.#started?.worker.handOver.guard(isOn)
  }

  /** Gives its living connections to the worker at this address. */
  async giveTo(taker: string): Promise<void> {
    await this.#started?.worker.handOver.giveTo(taker)
    // If this process dies now, what others have is not counted as ended with it.
    this.#started?.reporter.report()
  }

  endOrphaned(): void {
    this.#started?.worker.log.logger.warn('the primary is gone: open connections are cut short')
    this.#leaveAtOnce(0)
  }

  async #start({ workerId, workerCount, settings, shared }: Message<'start'>): Promise<StartResult> {
    const unwatched = await neverOutlivePrimary()
    const { memory, unsharedBecause } = await mapMemory(shared)
    const { engine, insteadBecause } = await chooseEngine(settings.engine, memory)
    const unscheduled = await schedule(settings.scheduling)
    const onOpened: OnOpened = (error) => this.#send({ kind: 'logOpened', ...(error && { error: error.message }) })
    const log = openLog(settings.log, { worker: workerId }, { onOpened, onWarning: warningTeller(this.#send) })
    for (const { error } of log.troubles) this.#send({ kind: 'logOpened', error: error.message })
    if (unscheduled) log.logger.info({ reason: unscheduled }, 'batch scheduling is not available here')
    if (unwatched) log.logger.info({ reason: unwatched }, 'a stopped worker will outlive a primary that is killed')
    process.on('exit', () => log.end(END_LOG_WITHIN_MS))
    process.on('uncaughtException', (err) => {
      log.logger.fatal({ err }, 'a defect ended the worker')
      this.#leaveAtOnce(1)
    })
    const { sockets } = this
    const parts = { settings, engine, log, sockets, ...(memory && { memory }), tell: this.#send }
    const worker = new Worker({ workerId, workerCount, ...parts })
    await worker.handOver.load()
    const ready = {
      kind: 'ready',
      engine: engine.name,
      connectionPrefix: worker.connectionPrefix,
      ...(insteadBecause && { insteadBecause }),
      ...(unsharedBecause && { unsharedBecause }),
    } as const
    this.#started = { worker, reporter: new Reporter(worker, settings.workerTimeoutMs), ready }
    return this.#started
  }

  async #serve(state: ServingState): Promise<void> {
    if (this.#starting === undefined) throw new Error('a state came before the start')
    const { worker, reporter, ready } = await this.#starting
    await worker.apply(state)
    if (this.#isReady) return
    this.#isReady = true
    reporter.start()
    this.#send(ready)
  }

  #failed(version: number, error: Error): void {
    if (!this.#isReady) return this.#cannotServe(error)
    const { logger } = this.#started?.worker.log ?? {}
    logger?.error({ err: error }, 'a change cannot be applied; the previous state stays in effect')
    this.#send({ kind: 'cannotApply', version })
  }

  #cannotServe({ message }: Error): void {
    this.#send({ kind: 'cannotServe', reason: message }, () => process.exit(1))
  }

  /** A second drain, with less time, overtakes the first; the worker exits when all are done. */
  async #drain(draining: Drain): Promise<void> {
    if (this.#started === undefined || !this.#isReady) return process.exit(0)
    const { worker, reporter } = this.#started
    this.#drainsUnderWay += 1
    // Clients that wait in the queue of a listening socket are still accepted.
    this.#othersAtDrain ??= worker.accepted - worker.living.size - worker.handOver.given
    // Not in one line: `+=` would read the sum before the wait.
    const cut = await worker.drain(draining)
    this.#cutShort += cut
    this.#drainsUnderWay -= 1
    if (this.#drainsUnderWay > 0) return
    reporter.stop()
    await worker.log.settled(END_LOG_WITHIN_MS)
    worker.log.finish(END_LOG_WITHIN_MS)
    const [totals, cutShort] = [worker.counts.all().map(asReported), this.#cutShort]
    const handedOver = worker.handOver.given
    const endedByThemselves = worker.accepted - this.#othersAtDrain - cutShort - handedOver
    const ended = worker.connections.lastEnded()
    this.#send({ kind: 'drained', totals, ended, endedByThemselves, cutShort, handedOver }, () => process.exit(0))
  }

  /** The kernel would close the remaining sockets with a FIN, and data that was cut short must not look complete. */
  #leaveAtOnce(exitCode: number): void {
    void this.#started?.worker.drain(DRAIN_AT_ONCE)
    // Relays are cut within the call; clients that wait for a server, once the promise of their dial has settled.
    setImmediate(() => process.exit(exitCode))
  }
}
