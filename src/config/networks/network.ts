import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'
import { IpAddress } from './ip-address.ts'

/** Addresses from the first to the last one: IPv4 as numbers, IPv6 as bigints. */
export interface Range<Value extends number | bigint> {
  readonly first: Value
  readonly last: Value
}

export type Network = { readonly ipv4: Range<number> } | { readonly ipv6: Range<bigint> }

export const NETWORK_EXAMPLES = '192.0.2.1, 10.0.0.0/8 or 2001:db8::/32'

/** For the JSON Schema: every network matches, and most other texts do not. */
export const NETWORK_PATTERN = String.raw`^[0-9A-Fa-f:.]+(?:/\d{1,3})?$`

const ZERO = 48
const address = new IpAddress()

/**
 * A network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3). An address without a length is itself alone. Host bits are
 * ignored: `10.1.2.3/8` is `10.0.0.0/8`. A network of IPv4 addresses that are written as IPv6 (`::ffff:10.0.0.0/104`) is
 * an IPv4 network. All other IPv6 networks have no IPv4 client in them, `::/0` included.
 *
 * @throws {Unreadable} if it is none
 */
export const parseNetwork = (text: string): Network => {
  const slash = text.indexOf('/')
  const end = slash < 0 ? text.length : slash
  if (text.includes('%')) throw new Unreadable(`${show(text)} has a zone; write the address without %, for all zones`)
  if (!address.read(text, 0, end)) {
    throw new Unreadable(`${show(text)} is not a network; write an address or a network, such as ${NETWORK_EXAMPLES}`)
  }
  const bits = address.wasIpv6 ? 128 : 32
  const length = slash < 0 ? bits : lengthFrom(text, slash + 1, bits)
  if (address.family === 6) return ipv6Network(address.ipv6, length)
  const own = address.wasIpv6 ? length - 96 : length
  if (own < 0) {
    throw new Unreadable(
      `${show(text)} is more than IPv4 in IPv6; add 96 to the length of the IPv4 network, or write it`,
    )
  }
  return ipv4Network(address.ipv4, own)
}

/** One to three digits without a leading zero. There may be very many networks, so no text is cut out of theirs. */
const lengthFrom = (text: string, begin: number, bits: number): number => {
  let length = 0
  for (let at = begin; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9 || (length === 0 && at > begin)) length = Number.NaN
    length = length * 10 + digit
  }
  if (text.length > begin && length <= bits) return length
  throw new Unreadable(`${show(text)} has no length after the slash; write a number from 0 to ${bits}`)
}

const ipv4Network = (ipv4: number, length: number): Network => {
  const size = 2 ** (32 - length)
  const first = ipv4 - (ipv4 % size)
  return { ipv4: { first, last: first + size - 1 } }
}

const ipv6Network = (groups: Uint32Array, length: number): Network => {
  const whole = groups.reduce((value, group) => (value << 32n) | BigInt(group), 0n)
  const hostBits = BigInt(128 - length)
  const first = (whole >> hostBits) << hostBits
  return { ipv6: { first, last: first | ((1n << hostBits) - 1n) } }
}
