import { isIPv4 } from 'node:net'
import { normalize } from 'node:path'
import type { Address } from './fields/address.ts'
import { canonicalHost } from './fields/host.ts'

/**
 * Who listens where. A socket on every address (`:80`, `[::]:80` with IPv4 in it, `0.0.0.0:80`) takes the port from the
 * sockets on single addresses too: bind(2) says EADDRINUSE. Names that resolve to one address are found by bind alone.
 */
export class Taken {
  /** Each address stands under every group that it belongs to, and asks the groups that it cannot share a port with. */
  readonly #firstOf = new Map<string, string>()

  /** Returns the holder of an address that collides, or takes this one for `holder`. */
  take(address: Address, holder: string): string | undefined {
    const { belongsTo, collidesWith } = groups(address)
    const other = collidesWith.map((group) => this.#firstOf.get(group)).find((found) => found !== undefined)
    if (other !== undefined) return other
    for (const group of belongsTo) if (!this.#firstOf.has(group)) this.#firstOf.set(group, holder)
    return undefined
  }
}

interface Groups {
  readonly belongsTo: readonly string[]
  readonly collidesWith: readonly string[]
}

const groups = (address: Address): Groups => {
  if (address.kind === 'unix') {
    const path = `unix:${normalize(address.path)}`
    return { belongsTo: [path], collidesWith: [path] }
  }
  // Port 0 takes a free port each time.
  if (address.port === 0) return { belongsTo: [], collidesWith: [] }
  const host = canonicalHost(address.host)
  const [all, ipv4, everyIpv4, every] = ['all', 'IPv4', '0.0.0.0', '::'].map((group) => `${group} ${address.port}`) as [
    string,
    string,
    string,
    string,
  ]
  const own = `${host} ${address.port}`
  if (host === '' || host === '::') return { belongsTo: [all, ipv4, every], collidesWith: [all] }
  if (host === '0.0.0.0') return { belongsTo: [all, ipv4, everyIpv4], collidesWith: [ipv4] }
  if (isIPv4(host)) return { belongsTo: [all, ipv4, own], collidesWith: [own, every, everyIpv4] }
  return { belongsTo: [all, own], collidesWith: [own, every] }
}
