/**
 * Finds the addresses of a name without getaddrinfo(3), in the order that nsswitch.conf(5) usually has: /etc/hosts, then
 * DNS. Names without an answer never delay other names: nothing here waits for a thread.
 */
import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

const HOSTS_FILE = '/etc/hosts'
const RESOLVER_FILE = '/etc/resolv.conf'
const ATTEMPTS = { timeout: 1_000, tries: 2 }

/** @throws the resolver's error (`ENOTFOUND`, `ETIMEOUT`) when there is no address */
export const findDirectly = async (host: string): Promise<readonly string[]> => {
  const listed = addressesIn(textOf(HOSTS_FILE), host)
  return listed.length > 0 ? listed : askDns(namesToTry(host, textOf(RESOLVER_FILE)))
}

/** hosts(5): an address and its names on each line. */
export const addressesIn = (hostsFile: string, host: string): string[] =>
  wordsOf(hostsFile, '#').flatMap(([address = '', ...names]) =>
    isIP(address) && names.some((name) => name.toLowerCase() === host.toLowerCase()) ? address : [],
  )

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

const askDns = async (names: readonly string[]): Promise<readonly string[]> => {
  // A new one each time: the servers in resolv.conf may have changed.
  const resolver = new Resolver(ATTEMPTS)
  let failure: unknown
  for (const name of names) {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (found.length > 0) return found
    for (const answer of answers) if (answer.status === 'rejected') failure = answer.reason
  }
  throw failure
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
