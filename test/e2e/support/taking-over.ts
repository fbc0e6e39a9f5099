/** Copyloops that take over from each other, and clients that notice whatever goes wrong meanwhile. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Stats } from '../../../src/primary/admin/stats-answer.ts'
import { ask } from './admin.ts'
import { fallen } from './counters.ts'
import { visit } from './echo.ts'
import { Copyloop, newDirectory, relayTo, writeConfig } from './proxy.ts'

const PAUSE_MS = 10

export interface Generation {
  readonly config: Record<string, unknown>
  readonly control: string
}

/** A config with a control socket, on free ports. */
export const withControl = (server: string, more: object = {}): Generation => {
  const control = `unix:${join(newDirectory(), 'copyloop.ctl')}`
  return { control, config: { control, drainTimeout: '5s', ...relayTo(server), ...more } }
}

/** The same on the addresses that the running one has. */
export const successorOf = (copyloop: Copyloop, { config, control }: Generation, more: object = {}): Generation => {
  const listeners = (config.listeners as { name: string }[]).map((listener) => ({
    ...listener,
    listen: copyloop.addresses(listener.name),
  }))
  return { control, config: { ...config, admin: { listen: copyloop.adminAddress }, listeners, ...more } }
}

/** Starts it, without waiting for anything. */
export const takingOver = (
  { config, control }: Generation,
  environment: Record<string, string> = {},
  from = control,
): Copyloop => new Copyloop(['run', '-c', writeConfig(config), '--take-over', from], environment)

/** Clients that come again and again, and somebody who asks the admin again and again. */
export class Watchers {
  visits = 0
  asked = 0
  /** What went wrong. */
  readonly troubles: string[] = []
  readonly #running: Promise<unknown>[] = []
  #isOver = false

  constructor(copyloop: Copyloop, listener = 'web') {
    const address = copyloop.address(listener)
    for (let client = 0; client < 4; client++) {
      this.#again(async () => {
        await visit(address)
        this.visits += 1
      })
    }
    let last: Stats | undefined
    this.#again(async () => {
      const { status, body } = await ask(copyloop, '/readyz')
      if (status !== 200) throw new Error(`/readyz: ${status} ${body}`)
      const stats = JSON.parse((await ask(copyloop, '/stats')).body) as Stats
      if (last) this.troubles.push(...fallen(last, stats))
      last = stats
      this.asked += 1
    })
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  #again(what: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      while (!this.#isOver) {
        await what().catch((error: Error) => this.troubles.push(error.message))
        // Two programs start and stop meanwhile, and need the cores.
        await pause(PAUSE_MS)
      }
    }
    this.#running.push(run())
  }
}
