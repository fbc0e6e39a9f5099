import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../plan/random.ts'
import { changed } from './changed.ts'
import type { ChaosSettings } from './chaos.ts'

const APPLIED_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 50

/** Has the proxy apply changes of its config that must not disturb anybody. */
export class Reloads {
  readonly #settings: ChaosSettings
  readonly #random: Random
  #reloads = 0

  constructor(settings: ChaosSettings, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  get text(): string {
    return `${this.#reloads} reloads`
  }

  async reload(): Promise<void> {
    const { proxy, config, say } = this.#settings
    const bySignal = this.#random.next() < 0.5
    say(`chaos: the config is changed, and reloaded ${bySignal ? 'by SIGHUP' : 'over the admin'}`)
    proxy.writeConfig(changed(config, this.#random))
    this.#reloads += 1
    if (bySignal) await this.#reloadBySignal()
    else await this.#reloadOverAdmin()
  }

  async restore(): Promise<void> {
    this.#settings.proxy.writeConfig(this.#settings.config)
    await this.#reloadOverAdmin()
  }

  async #reloadOverAdmin(): Promise<void> {
    const { status, body } = await this.#settings.proxy.post('/reload')
    if (status !== 200) this.#settings.fault(`a reload was answered with ${status}: ${JSON.stringify(body)}`)
  }

  async #reloadBySignal(): Promise<void> {
    const { proxy, fault } = this.#settings
    const before = (await proxy.stats()).reloads
    proxy.signal('SIGHUP')
    const until = performance.now() + APPLIED_WITHIN_MS
    for (;;) {
      const { applied, refused } = (await proxy.stats()).reloads
      if (refused > before.refused) return fault('a reload by SIGHUP was refused')
      if (applied > before.applied) return
      if (performance.now() > until) return fault(`SIGHUP has led to no reload within ${APPLIED_WITHIN_MS / 1000} s`)
      await sleep(LOOK_EVERY_MS)
    }
  }
}
