import type { ServerSpec } from '../../serving/servers-of.ts'
import type { NamedQuestion } from './discovery.ts'
import { allSettled, type HostQuestions, settledWithin } from './host-questions.ts'
import { type QuestionEvents, RepeatedQuestion } from './repeated-question.ts'
import { NoAnswer } from './resolve/answer.ts'
import { askServices } from './resolve/ask-dns.ts'
import { serversIn } from './srv-records.ts'
import { isAnyFound, type ServersOnHosts, WatchedHosts } from './watched-hosts.ts'

/** Far more than it takes to ask for a name. */
const HOSTS_WITHIN_MS = 60_000
const FIRST_HOSTS_WITHIN_MS = 500

const NONE: ServersOnHosts = { servers: [], hosts: new Map() }

export interface ServiceEvents extends QuestionEvents {
  /** None of the targets of new records has an address: the servers of the last ones stay in use. */
  onUnusable(): void
  /** One of them has, or there are other records that can be used. */
  onUsable(): void
}

/** The servers that are found in the SRV records of a name. */
export class FoundServers {
  readonly #name: string
  readonly #question: RepeatedQuestion<readonly ServerSpec[]>
  readonly #watched: WatchedHosts
  readonly #events: ServiceEvents
  readonly #onNews: () => void
  #inUse = NONE
  /** Those of newer records, while none of them has an address. */
  #awaited: ServersOnHosts | undefined
  #isClosed = false

  /** Asks at once. @param onNews is called whenever other servers may be in use, or have other addresses */
  constructor(name: string, hosts: HostQuestions, events: ServiceEvents, onNews: () => void) {
    this.#name = name
    this.#events = events
    this.#onNews = onNews
    this.#watched = new WatchedHosts(hosts, () => this.#onHostNews())
    this.#question = new RepeatedQuestion(() => findServers(name), events)
    this.#question.watch(() => void this.#adopt())
  }

  /** The strongest first. */
  get inUse(): ServersOnHosts {
    return this.#inUse
  }

  /** For the name itself, and for each host that is in use or should be. */
  get questions(): readonly NamedQuestion[] {
    return [[this.#name, this.#question], ...this.#inUse.hosts, ...(this.#awaited?.hosts ?? [])]
  }

  /** Resolves once the name and the hosts in its records were asked for. */
  async settled(): Promise<void> {
    await this.#question.settled
    await this.#adopt()
    await allSettled(this.#inUse.hosts)
  }

  close(): void {
    this.#isClosed = true
    this.#question.close()
    this.#watched.keepOnly()
  }

  get #newest(): readonly ServerSpec[] {
    return this.#question.found ?? NONE.servers
  }

  /**
   * Goes over to the newest records once all their hosts were asked for: until then the old ones serve. Where there are
   * none, nobody waits for long.
   */
  async #adopt(): Promise<void> {
    const found = this.#watched.watch(this.#newest)
    const withinMs = this.#inUse.servers.length > 0 ? HOSTS_WITHIN_MS : FIRST_HOSTS_WITHIN_MS
    await settledWithin(withinMs, allSettled(found.hosts))
    if (!this.#isClosed && found.servers === this.#newest) this.#use(found)
  }

  #onHostNews(): void {
    if (this.#awaited?.servers === this.#newest) this.#use(this.#awaited)
    else this.#onNews()
  }

  /** An upstream does not lose all its servers because a DNS server knows its records and not yet their targets. */
  #use(found: ServersOnHosts): void {
    const wasAwaiting = this.#awaited !== undefined
    const isUsable = isAnyFound(found) || !isAnyFound(this.#inUse)
    if (isUsable) this.#inUse = found
    this.#awaited = isUsable ? undefined : found
    this.#watched.keepOnly(found, this.#inUse)
    if (wasAwaiting && isUsable) this.#events.onUsable()
    if (!wasAwaiting && !isUsable) this.#events.onUnusable()
    this.#onNews()
  }
}

/** @throws {NoAnswer} if there is none: an upstream does not lose all its servers because its records are gone */
const findServers = async (service: string) => {
  const { found, keepMs } = await askServices(service)
  const servers = serversIn(found)
  if (servers.length === 0) throw new NoAnswer('ENODATA')
  return { found: servers, keepMs }
}
