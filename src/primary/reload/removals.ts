import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { formatAddress } from '../../config/fields/address.ts'
import type { Config, UpstreamConfig } from '../../config/schema.ts'
import type { RemovedParts } from '../../ipc/questions.ts'
import type { ServingState } from '../../serving/state.ts'
import type { StateOwner } from '../state-owner.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import { isOf } from './plan.ts'

/** Workers cut in slices; how many they have cut is only for the log. */
const ANSWER_WITHIN_MS = 2_000

/** What a reload has removed: its connections may go on for the drain's time, then they are ended. */
export class Removals {
  readonly #owner: StateOwner
  readonly #supervisor: Pick<Supervisor, 'ask'>
  readonly #logger: Logger
  readonly #waiting = new Set<NodeJS.Timeout>()

  constructor(owner: StateOwner, supervisor: Pick<Supervisor, 'ask'>, logger: Logger) {
    this.#owner = owner
    this.#supervisor = supervisor
    this.#logger = logger
  }

  /** @param state what was served before the reload */
  note(state: ServingState, before: Config, after: Config): void {
    const removed = removedParts(state, before, after)
    if (isEmpty(removed)) return
    const timer = setTimeout(() => {
      this.#waiting.delete(timer)
      void this.#end(removed, after.drainTimeoutMs)
    }, after.drainTimeoutMs)
    this.#waiting.add(timer)
  }

  close(): void {
    for (const timer of this.#waiting) clearTimeout(timer)
    this.#waiting.clear()
  }

  /** What has come back meanwhile is left alone. */
  async #end({ listeners, servers }: RemovedParts, afterMs: number): Promise<void> {
    const { listeners: servedListeners, upstreams } = this.#owner.state
    const removed = {
      listeners: listeners.filter((name) => !servedListeners.has(name)),
      servers: servers.filter(({ upstream, server }) => !upstreams.get(upstream)?.servers.has(server)),
    }
    if (isEmpty(removed)) return
    const { parts } = await this.#supervisor.ask('endRemoved', ANSWER_WITHIN_MS, removed)
    const ended = parts.reduce((sum, { part }) => sum + part, 0)
    if (ended === 0) return
    this.#logger.info(
      { ...removed, ended },
      `${ended} connections of removed listeners and servers were still there after ${afterMs / 1000} s and were ended`,
    )
  }
}

const isEmpty = ({ listeners, servers }: RemovedParts): boolean => listeners.length === 0 && servers.length === 0

/** Servers that go because an answer of DNS changes are no part of it. */
export const removedParts = (state: ServingState, before: Config, after: Config): RemovedParts => {
  const listeners = before.listeners.map(({ name }) => name)
  return {
    listeners: listeners.filter((name) => !after.listeners.some((listener) => listener.name === name)),
    servers: before.upstreams.flatMap((upstream) => {
      const { name } = upstream
      const later = after.upstreams.find((other) => other.name === name)
      const served = [...(state.upstreams.get(name)?.servers.keys() ?? [])]
      return served.filter((server) => isRemoved(server, upstream, later)).map((server) => ({ upstream: name, server }))
    }),
  }
}

const isRemoved = (server: string, before: UpstreamConfig, after: UpstreamConfig | undefined): boolean => {
  if (after === undefined) return true
  const isIn = ({ servers }: UpstreamConfig): boolean =>
    servers.some(({ address }) => isOf(server, formatAddress(address)))
  // Of those that it finds by other means than before it will be known which are left.
  return isIn(before) ? !isIn(after) : !isDeepStrictEqual(before.discover, after.discover)
}
