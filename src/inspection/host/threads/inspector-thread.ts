import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { describeThrown } from '../../shared/describe-thrown.ts'
import type { LoadResult, LoadTask, Task } from '../../shared/messages.ts'
import { Progress } from '../../shared/progress.ts'
import { ThreadChannel } from '../thread-channel.ts'
import { THREAD_FILE } from './thread-file.ts'

/** What a thread's inspectors load within, all of them together. */
const LOAD_WITHIN_MS = 15_000
const MIB = 1024 * 1024
/** A thread that is told to end has ended after this, or never will: it is in a system call, or a loop that V8 does not interrupt. */
const ENDS_WITHIN_MS = 3_000

/** What becomes of a thread. */
export interface ThreadEvents {
  /** Called once, with the reason, unless the thread was told to end. */
  onEnd(reason: string): void
  /** It was told to end and does not. */
  onStuck(): void
}

/**
 * One thread, from its start to its end: a Piscina of exactly one, for a connection's chunks must all go to the same
 * thread, in order, and Piscina promises neither across several.
 */
export class InspectorThread {
  /** How to ask its inspectors. */
  readonly channel = new ThreadChannel((task) => this.#run(task))
  readonly progress = new Progress()
  readonly #memoryBytes: number
  readonly #pool: Piscina<Task>
  readonly #events: ThreadEvents
  #worker: Worker | undefined
  #over = false
  /** Why it is over, once that is known. */
  #reason: string | undefined

  constructor(memoryBytes: number, events: ThreadEvents) {
    this.#memoryBytes = memoryBytes
    this.#events = events
    this.#pool = new Piscina({
      filename: THREAD_FILE.href,
      // The first task starts it, and nothing starts another: a minimum would be restored by Piscina itself, even of a
      // pool that was destroyed.
      minThreads: 0,
      maxThreads: 1,
      // It would end the thread, and its inspectors' states with it.
      idleTimeout: Number.POSITIVE_INFINITY,
      maxQueue: 64,
      // `sync`, the default, stops the thread's event loop between batches, and takes twice as long to wake.
      atomics: 'async',
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytes / MIB) },
    })
    // The thread tells of its end itself. Without a listener this would end the process.
    this.#pool.on('error', () => {})
  }

  /** Loads a set of inspectors. Rejects if the thread ends or takes too long; it is over then. */
  async load(task: Pick<LoadTask, 'setNumber' | 'listeners' | 'counts'>): Promise<Record<string, LoadResult[]>> {
    const timer = setTimeout(
      () => this.#died(`its inspectors did not load within ${LOAD_WITHIN_MS / 1000} s`),
      LOAD_WITHIN_MS,
    )
    const memory = { ...this.channel.memory, progress: this.progress.memory }
    try {
      return await this.#run({ kind: 'load', ...task, memory, memoryBytes: this.#memoryBytes })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends it now, whatever it does. */
  end(): void {
    this.#reason ??= 'it was told to end'
    this.#stop()
  }

  async #run<Result>(task: Task): Promise<Result> {
    if (this.#over) throw new Error(`the thread has ended: ${this.#reason}`)
    this.channel.hangUp()
    try {
      const result = this.#pool.run(task)
      this.#worker ??= this.#watchEnd()
      const done: Result = await result
      // A thread that dies of `throw null` makes Piscina think that its task is done.
      if (!this.#over) return done
    } catch (thrown) {
      this.#died(describeThrown(thrown).message)
    }
    throw new Error(this.#reason)
  }

  /** The thread that the first task has started. */
  #watchEnd(): Worker | undefined {
    const [worker] = this.#pool.threads
    return worker
      ?.once('error', (thrown: unknown) => this.#died(describeThrown(thrown).message))
      .once('exit', (code) => {
        this.#worker = undefined
        this.#died(`it exited with code: ${code}`)
      })
  }

  #died(reason: string): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#stop()
    this.#events.onEnd(reason)
  }

  /** The only way in which it is ended, and what waits for it is rejected. */
  #stop(): void {
    if (this.#over) return
    this.#over = true
    this.channel.close()
    if (this.#worker) {
      const isStuck = setTimeout(() => this.#events.onStuck(), ENDS_WITHIN_MS).unref()
      this.#worker.once('exit', () => clearTimeout(isStuck))
    }
    // It never rejects. A thread may never end; nobody waits for it.
    void this.#pool.destroy()
  }
}
