import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd } from '../measure/children.ts'
import { Chaos } from './chaos/chaos.ts'
import { LineSums } from './check/check-stats.ts'
import { Counters } from './check/counters.ts'
import type { Line } from './check/facts.ts'
import { Join } from './check/join.ts'
import { hasIpv6 } from './load/has-ipv6.ts'
import { Lanes } from './load/lanes.ts'
import { Load } from './load/load.ts'
import { Servers } from './load/servers.ts'
import type { Options } from './options.ts'
import { type Feature, type Road, roadsWithout } from './plan/road.ts'
import { AccessLog } from './proxy/access-log.ts'
import { configOf, listenersOf } from './proxy/config.ts'
import {
  censusFaults,
  miscounted,
  type ProxyCensus,
  serverKey,
  takeCensusOf,
  totalsFaults,
  totalsFaultsAfterKills,
} from './proxy/end.ts'
import { ProxyProcess } from './proxy/proxy-process.ts'
import { Report, say } from './report.ts'

const PROGRESS_EVERY_MS = 10_000
/** Pools are filled and code is compiled before anything is counted. */
const WARM_UP_MS = 4_000
/** After this many faults the soak stops. */
const MOST_FAULTS = 1000
const LINE_WITHIN_MS = 30_000
const HANGS_AFTER_MS = 60_000
/** pino's number for `error`. */
const ERROR_LEVEL = 50
const LOOK_AT_COUNTERS_EVERY_MS = 500

/** The proxy, the load, and what was seen of both. */
export class Soak {
  readonly #options: Options
  readonly #roads: readonly Road[]
  readonly #folder: string
  readonly #servers: Servers
  readonly #proxy: ProxyProcess
  readonly #log: AccessLog
  readonly #chaos: Chaos
  readonly #report: Report
  readonly #join = new Join()
  readonly #listenerSums = new Map<string, LineSums>()
  readonly #serverSums = new Map<string, LineSums>()

  static async open(options: Options, rerun: (number: number) => string): Promise<Soak> {
    const without = new Set(options.without)
    if (!(await hasIpv6())) {
      say('there is no IPv6 here: it is left out')
      without.add('ipv6' satisfies Feature)
    }
    if (!options.chaos) without.add('lasting' satisfies Feature)
    const roads = roadsWithout(without)
    const folder = mkdtempSync(join(tmpdir(), 'copyloop-soak-'))
    atEnd(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'log'))
    const soak = new Soak({ ...options, without }, roads, folder, await Servers.open(roads, folder), rerun)
    await soak.#proxy.begins()
    return soak
  }

  private constructor(
    options: Options,
    roads: readonly Road[],
    folder: string,
    servers: Servers,
    rerun: (number: number) => string,
  ) {
    this.#options = options
    this.#roads = roads
    this.#folder = folder
    this.#servers = servers
    const { engine, workers, seed } = options
    const logFile = join(folder, 'log', 'copyloop.log')
    const fault = (text: string): void => this.#report.fault(text)
    this.#log = new AccessLog(
      logFile,
      (line) => this.#onLine(line),
      (text) => fault(`a line of the log is torn: ${text}`),
    )
    const config = configOf({ folder, logFile, engine, workers, roads, servers: servers.addresses })
    this.#proxy = new ProxyProcess(config, folder)
    const kills = !options.without.has('kills')
    this.#chaos = new Chaos({ proxy: this.#proxy, config, logFile, workers, seed, kills, fault, say })
    this.#report = new Report(rerun, this.#chaos.kills)
  }

  /** Returns whether nothing was wrong. */
  async run(): Promise<boolean> {
    const { concurrency, seed, without, only, seconds, chaos } = this.#options
    const report = this.#report
    const load = new Load(
      {
        seed,
        roads: this.#roads,
        without,
        only,
        concurrency,
        lanes: this.#lanes(),
        servers: this.#servers,
        join: this.#join,
        lineWithinMs: LINE_WITHIN_MS,
        hangsAfterMs: HANGS_AFTER_MS,
        mayBeCut: () => this.#chaos.kills.mayBeCut,
      },
      {
        ended: async (visit) => report.ended(visit, await visit.wait.line),
        leftSilently: (road) => report.strangers.seen(road),
        fault: (text) => report.fault(text),
      },
    )
    const progress = setInterval(() => report.progress(load.living), PROGRESS_EVERY_MS)
    const after = (ms: number): (() => boolean) => {
      const until = performance.now() + ms
      return () => performance.now() >= until || report.faults >= MOST_FAULTS
    }
    await Promise.all([load.run(after(WARM_UP_MS)), ...(chaos ? [this.#chaos.warmUp()] : [])])
    const before = await takeCensusOf(this.#proxy)
    const over = after(seconds * 1000)
    await Promise.all([load.run(over), this.#watchCounters(over), ...(chaos ? [this.#chaos.run(over)] : [])])
    clearInterval(progress)
    if (chaos) await this.#chaos.settle()
    await this.#checkEnd(load, before)
    report.summary()
    if (chaos) say(this.#chaos.summary())
    return report.faults === 0
  }

  async close(): Promise<void> {
    await this.#proxy.stop()
    this.#log.close()
    await this.#servers.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #lanes(): Map<string, Lanes> {
    return new Map(
      this.#roads.map((road) => {
        const lanes = listenersOf(road).map((listener) => ({ listener, target: this.#proxy.target(listener) }))
        return [road.name, new Lanes(lanes, road.client === 'unix')]
      }),
    )
  }

  #onLine(line: Record<string, unknown>): void {
    if (line.msg !== 'connection') {
      this.#proxy.onLine(line)
      this.#chaos.onLine(line)
      if (Number(line.level) >= ERROR_LEVEL && !this.#chaos.hasCaused(String(line.msg)))
        this.#report.fault(`the log has an error: ${line.msg}`, [JSON.stringify(line)])
      return
    }
    const connection = line as unknown as Line
    addTo(this.#listenerSums, connection.listener, connection)
    if (connection.server !== undefined) {
      addTo(this.#serverSums, serverKey(connection.upstream, connection.server), connection)
    }
    this.#join.add(connection)
  }

  async #watchCounters(over: () => boolean): Promise<void> {
    const counters = new Counters()
    let drained = false
    while (!over()) {
      const stats = await this.#proxy.stats()
      const drains = stats.workers.some(({ state }) => state === 'draining')
      const isSettled = !drains && !drained && this.#chaos.kills.count === 0
      drained = drains
      for (const fault of counters.look(stats, isSettled)) this.#report.fault(fault)
      await sleep(LOOK_AT_COUNTERS_EVERY_MS)
    }
  }

  async #checkEnd({ opened }: Load, before: ProxyCensus): Promise<void> {
    const report = this.#report
    for (const line of this.#join.rest()) report.fault(`a log line belongs to no connection: ${JSON.stringify(line)}`)
    const killed = this.#chaos.kills.count > 0
    const totals = killed
      ? totalsFaultsAfterKills(this.#proxy, opened, report.moved)
      : totalsFaults(this.#proxy, this.#listenerSums, this.#serverSums)
    for (const fault of await totals) report.fault(fault)
    say(`${await miscounted(this.#proxy)} connections are miscounted in /stats`)
    // A killed worker's sockets may end with a FIN.
    const strangers = killed || this.#options.without.has('strangers') ? [] : report.strangers.check()
    for (const fault of strangers) report.fault(fault)
    for (const fault of await censusFaults(this.#proxy, before)) report.fault(fault)
    const code = await this.#proxy.stop()
    if (code !== 0) this.#report.fault(`copyloop ended with ${code}`)
    this.#log.look()
    if (this.#proxy.output !== '') this.#report.fault(`copyloop wrote beside its log: ${this.#proxy.output}`)
  }
}

const addTo = (all: Map<string, LineSums>, name: string, line: Line): void => {
  const sums = all.get(name) ?? new LineSums()
  all.set(name, sums)
  sums.add(line)
}
