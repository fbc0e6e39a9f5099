import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { FromLoad, LoadKind, LoadResult, LoadSettings, ToLoad } from '../load/load.ts'
import { own, stop } from './children.ts'

const loadFolder = join(import.meta.dirname, '..', 'load')

export interface Origin {
  port: number
  pid: number
  stop(): Promise<void>
}

export const startOrigin = async (port: number): Promise<Origin> => {
  const child = own(fork(join(loadFolder, 'origin.js'), [String(port)]))
  await nextMessage(child, 'the origin')
  return { port, pid: child.pid ?? 0, stop: () => stop(child) }
}

/** A load generator in a process of its own. */
export class Generator {
  readonly #child: ChildProcess
  readonly #name: string

  private constructor(child: ChildProcess, name: string) {
    this.#child = child
    this.#name = name
  }

  static async start(kind: LoadKind, settings: LoadSettings): Promise<Generator> {
    const generator = new Generator(own(fork(join(loadFolder, 'main.js'))), kind)
    await generator.#ask({ type: 'prepare', kind, settings })
    return generator
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async run(seconds: number): Promise<LoadResult> {
    const reply = await this.#ask({ type: 'run', seconds })
    if (reply.type !== 'result') throw new Error(`${this.#name}: expected a result, got ${reply.type}`)
    return reply.result
  }

  stop(): Promise<void> {
    return stop(this.#child)
  }

  async #ask(message: ToLoad): Promise<FromLoad> {
    const reply = nextMessage(this.#child, this.#name)
    this.#child.send(message)
    const got = (await reply) as FromLoad
    if (got.type === 'failed') throw new Error(`${this.#name}: ${got.reason}`)
    return got
  }
}

/** The next message of a child, or an error when it ends, or says nothing for two minutes. */
const nextMessage = (child: ChildProcess, name: string): Promise<unknown> => {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      finish()
    }
    const onMessage = (message: unknown) => settle(() => resolve(message))
    const onExit = () => settle(() => reject(new Error(`${name} ended early`)))
    const timer = setTimeout(() => settle(() => reject(new Error(`${name} said nothing for 120 s`))), 120_000)
    child.once('message', onMessage)
    child.once('exit', onExit)
  })
}
