import { afterEach, beforeEach, vi } from 'vitest'
import { parseServerAddress } from '../../../src/config/fields/address.ts'
import type { UpstreamConfig } from '../../../src/config/schema.ts'
import { HostQuestions } from '../../../src/primary/names/host-questions.ts'
import { type ResolvedServers, UpstreamNames } from '../../../src/primary/names/upstream-names.ts'
import { forgetDns } from './fake-dns.ts'

const open: UpstreamNames[] = []

/** Names are asked of fake-dns.ts, with which a file of tests must replace the real questions, and time goes on only by `pass`. */
export const useFakeDns = (): void => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    for (const names of open.splice(0)) names.close()
    forgetDns()
    vi.useRealTimers()
  })
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Follows names, and keeps what came of it. */
export const follow = (servers: readonly string[], discover: UpstreamConfig['discover'] = 'off') => {
  const events = { onFailing: () => {}, onAnswered: () => {}, onUnusable: vi.fn(), onUsable: vi.fn() }
  const seen: { resolved: ResolvedServers | undefined; names: () => string[] } = {
    resolved: undefined,
    names: () => [...(seen.resolved?.servers.keys() ?? [])],
  }
  const onRepeated = vi.fn()
  const config = {
    servers: servers.map((address) => ({
      address: parseServerAddress(address),
      weight: 1,
      backup: false,
      maxConnections: Number.POSITIVE_INFINITY,
    })),
    discover,
  }
  const names = new UpstreamNames(config, {
    hosts: new HostQuestions(() => events),
    eventsOf: () => events,
    onServers: (resolved) => {
      const isNew = JSON.stringify([...resolved.servers]) !== JSON.stringify([...(seen.resolved?.servers ?? [])])
      seen.resolved = resolved
      return isNew
    },
    onRepeated,
  })
  open.push(names)
  return { followed: names, seen, onRepeated, events }
}
