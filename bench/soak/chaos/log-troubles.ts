import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../plan/random.ts'
import type { ChaosSettings } from './chaos.ts'

/** The program's own word for what `unwritable` does to it. */
const CANNOT_OPEN = 'SIGUSR2: a log cannot be opened'

/** What an operator, or a full hour, does to a log. */
export class LogTroubles {
  readonly #settings: Pick<ChaosSettings, 'proxy' | 'logFile' | 'say'>
  readonly #random: Random
  #rotations = 0
  #level = 'info'
  #hadUnwritable = false

  constructor(settings: Pick<ChaosSettings, 'proxy' | 'logFile' | 'say'>, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  hasCaused(error: string): boolean {
    return this.#hadUnwritable && error.startsWith(CANNOT_OPEN)
  }

  async rotate(): Promise<void> {
    const { proxy, logFile, say } = this.#settings
    this.#rotations += 1
    say('chaos: the log is rotated')
    renameSync(logFile, `${logFile}.${this.#rotations}`)
    proxy.signal('SIGUSR2')
    await sleep(1_000)
  }

  /** Several failures, then a success: what each failure leaves behind shows then. */
  async unwritable(): Promise<void> {
    const { proxy, logFile, say } = this.#settings
    const folder = dirname(logFile)
    this.#hadUnwritable = true
    say('chaos: the folder of the log is away while it is opened anew')
    renameSync(folder, `${folder}.away`)
    for (let failures = this.#random.between(1, 20); failures > 0; failures--) {
      proxy.signal('SIGUSR2')
      await sleep(this.#random.between(10, 60))
    }
    renameSync(`${folder}.away`, folder)
    proxy.signal('SIGUSR2')
    await sleep(500)
  }

  async level(): Promise<void> {
    this.#level = this.#level === 'info' ? 'debug' : 'info'
    this.#settings.say(`chaos: the log level is now ${this.#level}`)
    await this.#settings.proxy.setLogLevel(this.#level)
  }
}
