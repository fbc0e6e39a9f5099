import cluster from 'node:cluster'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import { LoadsFile } from '../../engine/loads.ts'
import type { InheritedSocket, ToWorker } from '../../ipc/messages.ts'

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

/** What every worker that is forked from now on inherits: the listening sockets, and the shared loads where it has some. */
export class Inheritance {
  /** The listening sockets with their descriptors in a worker. */
  readonly #sockets: readonly InheritedSocket[]
  readonly #loads: LoadsFile | undefined
  readonly #places: number

  constructor(sockets: readonly InheritedSocket[], places: number, loads: LoadsFile | undefined) {
    this.#loads = loads
    this.#places = places
    const stdio = [...STDIO, ...(loads ? [loads.descriptor] : [])]
    this.#sockets = sockets.map(({ listener }, index) => ({ listener, descriptor: stdio.length + index }))
    cluster.setupPrimary({
      exec: WORKER_FILE,
      args: [],
      execArgv: workerNodeArguments(process.execArgv, process.env.NODE_OPTIONS),
      // JSON would turn an `Infinity` of the config into null.
      serialization: 'advanced',
      stdio: [...stdio, ...sockets.map(({ descriptor }) => descriptor)],
    })
  }

  startMessage(workerId: number, place: number, config: Config): ToWorker {
    const places = this.#places
    const loads = this.#loads && { descriptor: STDIO.length, place, places }
    return { kind: 'start', workerId, workerCount: places, config, sockets: this.#sockets, ...(loads && { loads }) }
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
