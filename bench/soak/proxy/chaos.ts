import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../plan/random.ts'
import type { ProxyProcess } from './proxy-process.ts'

export interface ChaosSettings {
  readonly proxy: ProxyProcess
  readonly logFile: string
  readonly workers: number
  readonly seed: number
  fault(text: string): void
  say(text: string): void
}

const ACTS = ['kill', 'stop', 'rotate', 'unwritable', 'level', 'drain'] as const
type Act = (typeof ACTS)[number]
/** The program's own word for what `unwritable` does to it. */
const CANNOT_OPEN = 'SIGUSR2: a log cannot be opened'
const REPLACED_WITHIN_MS = 60_000

/** Disturbances in a proxy's life, one after another. */
export class Chaos {
  /** When workers were killed. */
  readonly killsMs: number[] = []
  readonly #settings: ChaosSettings
  readonly #random: Random
  #rotations = 0
  #level = 'info'
  #hadUnwritable = false

  constructor(settings: ChaosSettings) {
    this.#settings = settings
    this.#random = new Random(settings.seed)
  }

  /** Whether an error in the log is one that a disturbance has caused. */
  hasCaused(error: string): boolean {
    return this.#hadUnwritable && error.startsWith(CANNOT_OPEN)
  }

  async run(over: () => boolean): Promise<void> {
    let left: Act[] = []
    while (!over()) {
      await sleep(this.#random.between(1_000, 3_000))
      // In a new order each round, without leaving one out.
      if (left.length === 0) left = [...ACTS]
      const act = this.#random.pick(left)
      left = left.filter((other) => other !== act)
      if (!over()) await this[act]()
    }
  }

  async kill(): Promise<void> {
    const { proxy, say, fault, workers } = this.#settings
    const pid = await this.#worker()
    if (pid === undefined) return
    say(`chaos: worker ${pid} is killed`)
    this.killsMs.push(performance.now())
    process.kill(pid, 'SIGKILL')
    const until = performance.now() + REPLACED_WITHIN_MS
    for (;;) {
      await sleep(200)
      const serving = (await proxy.stats()).workers.filter((worker) => worker.state === 'serving' && worker.pid !== pid)
      if (serving.length === workers) return
      if (performance.now() > until)
        return fault(`a killed worker was not replaced within ${REPLACED_WITHIN_MS / 1000} s`)
    }
  }

  /** Less than the ten seconds after which the primary takes a worker for dead. */
  async stop(): Promise<void> {
    const pid = await this.#worker()
    if (pid === undefined) return
    const ms = this.#random.between(200, 4_000)
    this.#settings.say(`chaos: worker ${pid} stands still for ${ms} ms`)
    process.kill(pid, 'SIGSTOP')
    await sleep(ms)
    process.kill(pid, 'SIGCONT')
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

  /** One of an upstream's servers gets nothing new for a while: another one is left. */
  async drain(): Promise<void> {
    const { proxy, say } = this.#settings
    const several = Object.entries((await proxy.stats()).upstreams).flatMap(([upstream, { servers }]) => {
      const addresses = Object.keys(servers)
      return addresses.length > 1 ? addresses.slice(1, 2).map((server) => ({ upstream, server })) : []
    })
    if (several.length === 0) return
    const { upstream, server } = this.#random.pick(several)
    say(`chaos: ${server} of ${upstream} is drained for a while`)
    await proxy.setServerState(upstream, server, 'drain')
    await sleep(this.#random.between(100, 1_500))
    await proxy.setServerState(upstream, server, 'ready')
  }

  async #worker(): Promise<number | undefined> {
    const { workers } = await this.#settings.proxy.stats()
    const serving = workers.filter(({ state }) => state === 'serving')
    return serving.length > 0 ? this.#random.pick(serving).pid : undefined
  }
}
