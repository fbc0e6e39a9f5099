import cluster from 'node:cluster'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../config/schema.ts'
import type { ToWorker } from '../../ipc/messages.ts'
import { placesFor } from '../../serving/shared-memory.ts'
import type { ServingState } from '../../serving/state.ts'

const WORKER_FILE = fileURLToPath(new URL('../../worker/main.js', import.meta.url))

/** stdin, stdout, stderr and the channel to the primary come before what is inherited. */
const STDIO = ['ignore', 'inherit', 'inherit', 'ipc'] as const

/**
 * Node's own arguments for a worker, those of the primary included.
 *
 * V8 makes the young generation larger, up to 16 MiB, when many connections come at once, and seldom smaller again.
 * 2 MiB serves short connections as fast and idle ones with less memory: docs/decisions/0012.
 */
export const workerNodeArguments = (given: readonly string[], nodeOptions = ''): string[] =>
  /--(min|max)[-_]semi[-_]space[-_]size/.test([...given, nodeOptions].join(' '))
    ? [...given]
    : [...given, '--max-semi-space-size=2']

/** What every worker that is forked from now on inherits: the memory that all workers share, where there is some. */
export class Inheritance {
  readonly #workers: number
  readonly #isShared: boolean

  /** @param shared the descriptor of the memory */
  constructor(workers: number, shared: number | undefined) {
    this.#workers = workers
    this.#isShared = shared !== undefined
    cluster.setupPrimary({
      exec: WORKER_FILE,
      args: [],
      execArgv: workerNodeArguments(process.execArgv, process.env.NODE_OPTIONS),
      // JSON would turn an `Infinity` of the config into null.
      serialization: 'advanced',
      stdio: [...STDIO, ...(shared === undefined ? [] : [shared])],
    })
  }

  /** A worker logs from its start as the state has it. */
  startMessage(workerId: number, place: number, config: Config, { log }: Pick<ServingState, 'log'>): ToWorker {
    const workerCount = this.#workers
    const { engine, scheduling, inspection, workerTimeoutMs } = config
    const settings = { engine, scheduling, log, inspection, workerTimeoutMs }
    const shared = { descriptor: STDIO.length, place, places: placesFor(workerCount) }
    return { kind: 'start', workerId, workerCount, settings, ...(this.#isShared && { shared }) }
  }
}
