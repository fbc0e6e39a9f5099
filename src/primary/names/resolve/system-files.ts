/** What the system's files say of names: /etc/hosts has some, and resolv.conf says below which domains DNS is asked. */
import { isIP } from 'node:net'
import { canonicalHost } from '../../../config/fields/host.ts'
import { CachedFile } from './cached-file.ts'

/** The addresses that /etc/hosts has for a name. */
export const listedAddresses = (host: string): readonly string[] => hostsFile.content.get(canonicalHost(host)) ?? []

/** The names to ask DNS for, one after the other. */
export const searchedNames = (host: string): string[] => namesToTry(host, resolverFile.content)

/** hosts(5): an address and its names on each line. There may be very many, in lists of names to be blocked. */
export const hostsIn = (text: string): ReadonlyMap<string, readonly string[]> => {
  const hosts = new Map<string, string[]>()
  for (const [address = '', ...names] of wordsOf(text, '#')) {
    if (isIP(address) === 0) continue
    for (const name of new Set(names.map(canonicalHost))) {
      const addresses = hosts.get(name)
      if (addresses) addresses.push(canonicalHost(address))
      else hosts.set(name, [canonicalHost(address)])
    }
  }
  return hosts
}

/** resolv.conf(5): a name with fewer dots than `ndots` is tried below each `search` domain first, any other last. */
export const namesToTry = (host: string, resolverFile: string): string[] => {
  if (host.endsWith('.')) return [host]
  let domains: readonly string[] = []
  let ndots = 1
  for (const [key, ...values] of wordsOf(resolverFile, '[#;]')) {
    if (key === 'search' || key === 'domain') domains = values
    const given = key === 'options' && values.find((value) => value.startsWith('ndots:'))
    if (given) ndots = Number(given.slice('ndots:'.length))
  }
  const below = domains.map((domain) => `${host}.${domain}`)
  return host.split('.').length > ndots ? [host, ...below] : [...below, host]
}

/** The lines of a file as words, without comments. */
const wordsOf = (text: string, comment: string): string[][] => {
  const rest = new RegExp(`${comment}.*`)
  return text.split('\n').map((line) => line.replace(rest, '').trim().split(/\s+/))
}

const hostsFile = new CachedFile('/etc/hosts', hostsIn)
const resolverFile = new CachedFile('/etc/resolv.conf', (text) => text)
