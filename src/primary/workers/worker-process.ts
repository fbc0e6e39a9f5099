import cluster, { type Worker } from 'node:cluster'
import type { EngineName } from '../../config/schema.ts'
import type { BoundHandle } from '../../engine/engine.ts'
import { readFromWorker, sendToWorker } from '../../ipc/channel.ts'
import type { ToPrimary, ToWorker } from '../../ipc/messages.ts'
import type { Drain } from '../../serving/state.ts'
import type { WORKER_ENDS } from '../../stats/metrics.ts'

/** `stale`: it was serving, and has sent no message for too long. */
export type WorkerState = 'starting' | 'serving' | 'stale' | 'draining'

export interface WorkerEnd {
  readonly how: Exclude<(typeof WORKER_ENDS)[number], 'replaced'>
  /** The code or the signal, in words. */
  readonly says: string
}

/** The events of a worker. `onEnd` comes exactly once, after all others. */
export interface WorkerEvents {
  onMessage(worker: WorkerProcess, message: ToPrimary): void
  /** A message that cannot be read. */
  onMalformed(worker: WorkerProcess): void
  /** It sent no message for so long that it is killed. */
  onUnresponsive(worker: WorkerProcess, silentMs: number): void
  onEnd(worker: WorkerProcess, end: WorkerEnd): void
  onDefect(error: Error): void
}

const START_WITHIN_MS = 15_000
const STALE_AFTER_MS = 3_000
const WATCH_EVERY_MS = 500

/** One forked process, from its fork to its end. */
export class WorkerProcess {
  /** Never used twice in the life of the primary. */
  readonly id: number
  readonly pid: number
  state: WorkerState = 'starting'
  engine: EngineName | undefined
  /** What the IDs of its connections begin with, once it serves. */
  connectionPrefix: string | undefined
  /** Other workers were told to give it their connections. */
  takesOver = false
  rssBytes = 0
  eventLoopDelayP99Ms = 0

  readonly #worker: Worker
  readonly #events: WorkerEvents
  readonly #watch: NodeJS.Timeout
  readonly #timeoutMs: number
  #silentMs = 0
  #isUp = false
  #isKilled = false
  #over = false

  /**
   * @param timeoutMs a worker that has served is killed when it has been silent for so long
   * @returns undefined when the system refuses another process (EAGAIN, ENOMEM, EMFILE): `onRefused` is then called once, after
   * this has returned. Node throws some of these errors and emits the others.
   */
  static fork(events: WorkerEvents, timeoutMs: number, onRefused: (error: Error) => void): WorkerProcess | undefined {
    try {
      const worker = cluster.fork()
      const { pid } = worker.process
      if (pid !== undefined) return new WorkerProcess(worker, pid, events, timeoutMs)
      worker.on('error', onRefused)
    } catch (error) {
      process.nextTick(onRefused, error)
    }
    return undefined
  }

  private constructor(worker: Worker, pid: number, events: WorkerEvents, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#events = events
    this.#worker = worker
    this.id = worker.id
    this.pid = pid
    this.#watch = setInterval(() => this.#watchSilence(), WATCH_EVERY_MS)
    this.#worker.on('message', (raw) => this.#take(raw))
    // `close` comes when the process has ended and the channel is read to its end: no last message is lost.
    this.#worker.process.once('close', (code: number | null, signal: NodeJS.Signals | null) => this.#end(code, signal))
    this.#worker.on('error', (error) => events.onDefect(error))
  }

  send(message: ToWorker, handle?: BoundHandle): void {
    if (!this.#over) sendToWorker(this.#worker, message, this.#events.onDefect, handle)
  }

  /** The state tells it to drain. A worker that has not started yet has no clients, and would not get the state: it is killed. */
  drains(): void {
    this.state = 'draining'
    if (!this.#isUp) this.kill()
  }

  /**
   * Another one has taken its place: it accepts no more clients, and exits once its connections have moved, ended, or are cut.
   *
   * @param taker the address where a worker takes those that can move
   */
  leaves(draining: Drain, taker: string | undefined): void {
    this.state = 'draining'
    this.send({ kind: 'leave', draining, ...(taker !== undefined && { taker }) })
  }

  kill(): void {
    if (this.#over) return
    this.#isKilled = true
    this.#worker.process.kill('SIGKILL')
  }

  #take(raw: unknown): void {
    const message = readFromWorker(raw)
    if (message === 'malformed') this.#events.onMalformed(this)
    else if (message !== 'foreign') this.#hear(message)
  }

  #hear(message: ToPrimary): void {
    if (this.state !== 'starting') this.#silentMs = 0
    if (this.state === 'stale') this.state = 'serving'
    this.#isUp = true
    if (message.kind === 'ready') this.#ready(message)
    if (message.kind === 'report') {
      this.rssBytes = message.rssBytes
      this.eventLoopDelayP99Ms = message.eventLoopDelayP99Ms
    }
    this.#events.onMessage(this, message)
  }

  #ready({ engine, connectionPrefix }: Extract<ToPrimary, { kind: 'ready' }>): void {
    this.engine = engine
    this.connectionPrefix = connectionPrefix
    this.#silentMs = 0
    if (this.state === 'starting') this.state = 'serving'
  }

  /** Silence is counted in our own ticks, not by the clock: a primary that was itself stopped must not blame its workers. */
  #watchSilence(): void {
    this.#silentMs += WATCH_EVERY_MS
    const staleAfterMs = Math.min(STALE_AFTER_MS, this.#timeoutMs / 2)
    if (this.state === 'serving' && this.#silentMs >= staleAfterMs) this.state = 'stale'
    if (this.#silentMs < (this.state === 'starting' ? START_WITHIN_MS : this.#timeoutMs)) return
    this.#events.onUnresponsive(this, this.#silentMs)
    this.kill()
    this.#silentMs = 0
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#watch)
    if (signal === null) this.#events.onEnd(this, { how: 'exit', says: `exit code ${code}` })
    else this.#events.onEnd(this, { how: this.#isKilled ? 'killed' : 'signal', says: `killed by ${signal}` })
  }
}
