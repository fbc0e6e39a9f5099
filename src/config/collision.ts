import { isIPv4, isIPv6 } from 'node:net'
import { type Address, addressKey } from './fields/address.ts'
import { canonicalHost } from './fields/host.ts'

/**
 * The addresses that a config listens on, and their holders. A socket on every address of a family also takes the port on
 * each single address of that family: bind(2) fails with EADDRINUSE. `0.0.0.0:80` is every IPv4 address, `[::]:80` every
 * IPv6 address, `:80` both. `localhost` may be 127.0.0.1 or ::1 (RFC 6761 §6.3). What other names resolve to is not known here.
 */
export class AddressTable {
  /** Each address is stored under every group that it belongs to, and looked up in the groups it cannot share a port with. */
  readonly #firstOf = new Map<string, string>()

  /** Takes the address for `holder`, or returns the holder of an address that collides with it. */
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
    const path = addressKey(address)
    return { belongsTo: [path], collidesWith: [path] }
  }
  // Port 0 takes a free port each time.
  if (address.port === 0) return { belongsTo: [], collidesWith: [] }
  const { belongsTo, collidesWith } = groupsOfHost(canonicalHost(address.host))
  const onPort = (group: string): string => `${group} ${address.port}`
  return { belongsTo: belongsTo.map(onPort), collidesWith: collidesWith.map(onPort) }
}

const LOOPBACK = ['127.0.0.1', '::1']

/** `IPv4` and `IPv6` hold the sockets with that family, `every …` those on all its addresses, `name` those on a name. */
const groupsOfHost = (host: string): Groups => {
  if (host === '') {
    return { belongsTo: ['IPv4', 'IPv6', 'every IPv4', 'every IPv6', 'both'], collidesWith: ['IPv4', 'IPv6', 'name'] }
  }
  if (host === '0.0.0.0') return { belongsTo: ['IPv4', 'every IPv4'], collidesWith: ['IPv4'] }
  if (host === '::') return { belongsTo: ['IPv6', 'every IPv6'], collidesWith: ['IPv6'] }
  if (isIPv4(host)) return { belongsTo: ['IPv4', host], collidesWith: [host, 'every IPv4'] }
  if (isIPv6(host)) return { belongsTo: ['IPv6', host], collidesWith: [host, 'every IPv6'] }
  if (host === 'localhost') {
    const belongsTo = ['name', host, ...LOOPBACK, 'IPv4', 'IPv6']
    return { belongsTo, collidesWith: [host, ...LOOPBACK, 'every IPv4', 'every IPv6'] }
  }
  return { belongsTo: ['name', host], collidesWith: [host, 'both'] }
}
