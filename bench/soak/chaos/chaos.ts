import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../plan/random.ts'
import type { Config } from '../proxy/config.ts'
import type { ProxyProcess } from '../proxy/proxy-process.ts'
import { killOne } from './kill-one.ts'
import { Kills } from './kills.ts'
import { LogTroubles } from './log-troubles.ts'
import { Moves } from './moves.ts'
import { Reloads } from './reloads.ts'
import { Replacements } from './replacements.ts'

export interface ChaosSettings {
  readonly proxy: ProxyProcess
  /** What the proxy was started with. */
  readonly config: Config
  readonly logFile: string
  readonly workers: number
  readonly seed: number
  /** Whether workers are killed. */
  readonly kills: boolean
  fault(text: string): void
  say(text: string): void
}

/** What comes several times is done as often in each round. */
const ACTS = [
  ...['replace', 'replace', 'replace', 'replace', 'replaceAndKill', 'replaceAndKill', 'replaceAndKill', 'kill'],
  ...['reload', 'reload', 'reload', 'reload', 'stop', 'rotate', 'unwritable', 'level', 'drain'],
] as Act[]
type Act = ('kill' | 'replaceAndKill' | 'replace' | 'reload') | ('stop' | 'rotate' | 'unwritable' | 'level' | 'drain')

/** Disturbances in a proxy's life, one after another. */
export class Chaos {
  readonly kills = new Kills()
  readonly #settings: ChaosSettings
  readonly #random: Random
  readonly #moves: Moves
  readonly #reloads: Reloads
  readonly #replacements: Replacements
  readonly #log: LogTroubles

  constructor(settings: ChaosSettings) {
    this.#settings = settings
    this.#random = new Random(settings.seed)
    this.#moves = new Moves(settings.fault)
    this.#log = new LogTroubles(settings, this.#random)
    this.#reloads = new Reloads(settings, this.#random)
    this.#replacements = new Replacements(settings, { random: this.#random, moves: this.#moves, kills: this.kills })
  }

  /** Takes every line of the log that is not a connection's. */
  onLine(line: Record<string, unknown>): void {
    this.#moves.onLine(line)
  }

  /** Whether an error in the log is one that a disturbance has caused. */
  hasCaused(error: string): boolean {
    return this.#log.hasCaused(error) || this.#replacements.hasCaused(error)
  }

  /** Everything that is there only after the first time: descriptors are counted after this. */
  async warmUp(): Promise<void> {
    await this.#reloads.reload()
    await this.#replacements.replace()
    await this.settle()
  }

  /** The config is again as it was, and no worker leaves. */
  async settle(): Promise<void> {
    await this.#reloads.restore()
    await this.#replacements.oldOnesLeft()
  }

  async run(over: () => boolean): Promise<void> {
    const { kills } = this.#settings
    const all = ACTS.filter((act) => kills || (act !== 'kill' && act !== 'replaceAndKill'))
    let left: Act[] = []
    while (!over()) {
      await sleep(this.#random.between(500, 2_500))
      // In a new order each round, without leaving one out.
      if (left.length === 0) left = [...all]
      const [act] = left.splice(this.#random.between(0, left.length - 1), 1)
      if (act !== undefined && !over()) await this.#do(act)
    }
  }

  /** What was done, for the end of the soak. */
  summary(): string {
    return `chaos: ${this.kills.count} kills, ${this.#reloads.text}, ${this.#replacements.text}; ${this.#moves.text}`
  }

  #do(act: Act): Promise<void> {
    switch (act) {
      case 'kill':
        return killOne(this.#settings, this.kills, this.#random)
      case 'replaceAndKill':
        return this.#replacements.replaceAndKill()
      case 'replace':
        return this.#replacements.replace()
      case 'reload':
        return this.#reloads.reload()
      case 'stop':
        return this.#stop()
      case 'drain':
        return this.#drain()
      default:
        return this.#log[act]()
    }
  }

  /** Less than the ten seconds after which the primary takes a worker for dead. */
  async #stop(): Promise<void> {
    const { proxy, say } = this.#settings
    const serving = await proxy.serving()
    if (serving.length === 0) return
    const { pid } = this.#random.pick(serving)
    const ms = this.#random.between(200, 4_000)
    say(`chaos: worker ${pid} stands still for ${ms} ms`)
    process.kill(pid, 'SIGSTOP')
    await sleep(ms)
    process.kill(pid, 'SIGCONT')
  }

  /** One of an upstream's servers gets nothing new for a while: another one is left. */
  async #drain(): Promise<void> {
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
}
