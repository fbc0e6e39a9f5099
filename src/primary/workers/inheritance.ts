import cluster from 'node:cluster'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import { LoadsFile } from '../../engine/loads.ts'
import type { ToWorker } from '../../ipc/messages.ts'

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

/** What every worker that is forked from now on inherits: the memory of the shared loads, where there is some. */
export class Inheritance {
  readonly #loads: LoadsFile | undefined
  readonly #places: number

  constructor(places: number, loads: LoadsFile | undefined) {
    this.#loads = loads
    this.#places = places
    cluster.setupPrimary({
      exec: WORKER_FILE,
      args: [],
      execArgv: workerNodeArguments(process.execArgv, process.env.NODE_OPTIONS),
      // JSON would turn an `Infinity` of the config into null.
      serialization: 'advanced',
      stdio: [...STDIO, ...(loads ? [loads.descriptor] : [])],
    })
  }

  startMessage(workerId: number, place: number, { engine, scheduling, log, inspection }: Config): ToWorker {
    const places = this.#places
    const settings = { engine, scheduling, log, inspection }
    const loads = this.#loads && { descriptor: STDIO.length, place, places }
    return { kind: 'start', workerId, workerCount: places, settings, ...(loads && { loads }) }
  }

  vacate(place: number): void {
    this.#loads?.vacate(place)
  }
}

/** The loads that the workers share. Only the kernel engine uses them, and it serves without: then less evenly. */
export const openLoads = (engine: Config['engine'], places: number, logger: Logger): LoadsFile | undefined => {
  if (engine === 'streams') return undefined
  try {
    return LoadsFile.open(places)
  } catch (error) {
    const { message } = error as Error
    logger.warn({ error: message }, `workers do not know each other's loads, and share clients less evenly: ${message}`)
    return undefined
  }
}
