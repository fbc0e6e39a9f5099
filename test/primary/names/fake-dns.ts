/** What DNS has, for tests of how names are followed in time. Loaded in the places of `ask-dns.ts` and `find-addresses.ts`. */
import { vi } from 'vitest'
import { NoAnswer } from '../../../src/primary/names/resolve/answer.ts'
import type { SrvRecord } from '../../../src/primary/names/srv-records.ts'

let services: readonly SrvRecord[] = []
const hosts = new Map<string, string[]>()
const waiting = new Map<string, () => void>()

export const askServices = vi.fn(async () => ({ found: services, keepMs: 10_000 }))

export const findAddresses = vi.fn(async (host: string) => {
  if (!hosts.has(host)) await new Promise<void>((resolve) => waiting.set(host, resolve))
  const found = hosts.get(host) ?? []
  if (found.length === 0) throw new NoAnswer('ENOTFOUND')
  return { found, keepMs: 1_000 }
})

/** Each a target, or a record with whatever differs from priority 0, weight 1 and port 80. */
export const setServices = (...records: readonly (string | Partial<SrvRecord>)[]): void => {
  services = records.map((record) => ({
    name: '',
    port: 80,
    priority: 0,
    weight: 1,
    ...(typeof record === 'string' ? { name: record } : record),
  }))
}

/** A host that was never set gets no answer, until it is; one without addresses does not exist. */
export const setHost = (host: string, ...addresses: string[]): void => {
  hosts.set(host, addresses)
  waiting.get(host)?.()
}

/** For `afterEach`. */
export const forgetDns = (): void => {
  setServices()
  hosts.clear()
  waiting.clear()
  askServices.mockClear()
  findAddresses.mockClear()
}
