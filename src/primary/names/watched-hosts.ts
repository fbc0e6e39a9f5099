import { nameIn, type ServerSpec } from '../../serving/servers-of.ts'
import type { HostQuestion, HostQuestions } from './host-questions.ts'

/** Servers, and the questions for their hosts. */
export interface ServersOnHosts {
  readonly servers: readonly ServerSpec[]
  readonly hosts: ReadonlyMap<string, HostQuestion>
}

/** Whether one of the servers has an address, now or by its last answer. */
export const isAnyFound = ({ servers, hosts }: ServersOnHosts): boolean =>
  servers.some(({ address }) => {
    const name = nameIn(address)
    return name === undefined || hosts.get(name)?.found !== undefined
  })

/** The hosts that one upstream watches: those of its servers, and of servers that may come. */
export class WatchedHosts {
  readonly #questions: HostQuestions
  readonly #onNews: () => void
  readonly #names = new Set<string>()

  constructor(questions: HostQuestions, onNews: () => void) {
    this.#questions = questions
    this.#onNews = onNews
  }

  /** Watches the hosts of the servers too. */
  watch(servers: readonly ServerSpec[]): ServersOnHosts {
    const names = [...new Set(servers.flatMap(({ address }) => nameIn(address) ?? []))]
    for (const name of names) this.#names.add(name)
    return { servers, hosts: new Map(names.map((name) => [name, this.#questions.watch(name, this.#onNews)])) }
  }

  /** Watches no other hosts any more. */
  keepOnly(...kept: readonly ServersOnHosts[]): void {
    for (const name of this.#names) {
      if (kept.some(({ hosts }) => hosts.has(name))) continue
      this.#names.delete(name)
      this.#questions.unwatch(name, this.#onNews)
    }
  }
}
