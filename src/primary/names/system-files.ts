/** What the system's files say of names: /etc/hosts has some, and resolv.conf says below which domains DNS is asked. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { canonicalHost } from '../../config/fields/host.ts'

const HOSTS_FILE = '/etc/hosts'
const RESOLVER_FILE = '/etc/resolv.conf'

/** The addresses that /etc/hosts has for a name. */
export const listedAddresses = (host: string): string[] => addressesIn(textOf(HOSTS_FILE), host)

/** The names to ask DNS for, one after the other. */
export const searchedNames = (host: string): string[] => namesToTry(host, textOf(RESOLVER_FILE))

/** hosts(5): an address and its names on each line. */
export const addressesIn = (hostsFile: string, host: string): string[] => {
  const wanted = canonicalHost(host)
  return wordsOf(hostsFile, '#').flatMap(([address = '', ...names]) =>
    isIP(address) && names.some((name) => canonicalHost(name) === wanted) ? canonicalHost(address) : [],
  )
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
const wordsOf = (text: string, comment: string): string[][] =>
  text.split('\n').map((line) =>
    line
      .replace(new RegExp(`${comment}.*`), '')
      .trim()
      .split(/\s+/),
  )

/** Neither file has to exist. */
const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
