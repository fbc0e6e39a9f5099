/** The soak's output, while it runs and at its end. */
import type { Kills } from './chaos/kills.ts'
import { checkConnection, checkLost } from './check/check-connection.ts'
import type { ConnectionFacts, Line } from './check/facts.ts'
import { UNKNOWN_CLIENT } from './check/join.ts'
import { Strangers } from './check/strangers.ts'
import type { Visit } from './load/visit.ts'
import { showPlan } from './plan/show-plan.ts'

/** Of each kind; the others are only counted. */
const SHOWN_FAULTS = 3

export class Report {
  faults = 0
  connections = 0
  /** Connections that ended with a killed worker. */
  lost = 0
  bytes = 0
  /** Connections that moved from worker to worker, and the most often that one did. */
  moved = 0
  mostMoves = 0
  readonly strangers = new Strangers()
  readonly #roads = new Map<string, number>()
  readonly #outcomes = new Map<string, number>()
  readonly #kinds = new Map<string, number>()
  readonly #beganMs = performance.now()
  readonly #rerun: (number: number) => string
  readonly #kills: Pick<Kills, 'mayBeLost' | 'wasReset'>

  constructor(rerun: (number: number) => string, kills: Pick<Kills, 'mayBeLost' | 'wasReset'>) {
    this.#rerun = rerun
    this.#kills = kills
  }

  fault(text: string, details: readonly string[] = []): void {
    this.faults += 1
    const kind = text.replace(/\d+/g, 'N')
    const count = (this.#kinds.get(kind) ?? 0) + 1
    this.#kinds.set(kind, count)
    if (count <= SHOWN_FAULTS) say([`FAULT: ${text}`, ...details].join('\n'))
  }

  ended(visit: Visit, line: Line | undefined): void {
    const facts = visit.facts(line)
    this.connections += 1
    this.bytes += facts.client.received + (facts.server?.received ?? 0)
    add(this.#roads, visit.plan.road.name)
    this.strangers.ended(visit.plan.road, facts)
    if (line?.handedOver !== undefined) {
      this.moved += 1
      this.mostMoves = Math.max(this.mostMoves, line.handedOver)
    }
    const lost = hasNoEnd(line) && this.#kills.mayBeLost(visit)
    if (lost) this.lost += 1
    add(this.#outcomes, lost ? 'lost with a killed worker' : (line?.outcome ?? 'no line'))
    const found = lost ? checkLost(facts, this.#kills.wasReset(visit)) : checkConnection(facts)
    const faults = visit.hangs ? [`the connection hung: ${state(facts)}`] : found
    if (faults.length > 0) this.fault(faults.join('; '), details(visit, facts, this.#rerun(visit.plan.number)))
  }

  progress(living: number): void {
    const seconds = (performance.now() - this.#beganMs) / 1000
    say(
      `${seconds.toFixed(0)} s: ${this.connections} connections (${(this.connections / seconds).toFixed(0)}/s), ` +
        `${(this.bytes / 1e6).toFixed(0)} MB, ${living} live, ${this.lost} lost, ${this.faults} faults`,
    )
  }

  summary(): void {
    const seconds = (performance.now() - this.#beganMs) / 1000
    say(`\n${this.connections} connections in ${seconds.toFixed(0)} s, ${(this.bytes / 1e6).toFixed(0)} MB delivered`)
    const { user, system } = process.cpuUsage()
    say(`the load took ${((user + system) / 1e3 / Math.max(1, this.connections)).toFixed(2)} ms of CPU for each`)
    say(`${this.moved} connections moved to other workers, one of them ${this.mostMoves} times`)
    say(`by road: ${shown(this.#roads)}`)
    say(`by outcome: ${shown(this.#outcomes)}`)
    say(this.faults === 0 ? 'no faults' : `${this.faults} faults:`)
    for (const [kind, count] of [...this.#kinds].sort((a, b) => b[1] - a[1])) say(`  ${count} × ${kind}`)
  }
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** A line without a client's address may belong to another connection. One that was given to a killed worker is reset. */
const hasNoEnd = (line: Line | undefined): boolean =>
  line === undefined || line.client === UNKNOWN_CLIENT || line.outcome === 'internalError'

const details = (
  { plan, listener, address }: Visit,
  { client, server, line }: ConnectionFacts,
  rerun: string,
): string[] => [
  showPlan(plan),
  `  listener ${listener}, client ${address}`,
  `  client saw: ${JSON.stringify(client)}`,
  `  server saw: ${JSON.stringify(server) ?? 'nobody'}`,
  `  log line: ${JSON.stringify(line) ?? 'none'}`,
  `  again: ${rerun}`,
]

const state = ({ client, server }: ConnectionFacts): string =>
  `client ${client.arrival}, ${client.sent} sent, ${client.received} got; ` +
  (server ? `server ${server.arrival}, ${server.sent} sent, ${server.received} got` : 'no server')

const add = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)

const shown = (counts: Map<string, number>): string =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
