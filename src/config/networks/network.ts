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
  const network = readNetwork(text)
  if ('wrong' in network) throw new Unreadable(network.wrong)
  return network
}

/** `parseNetwork` that returns what is wrong: a file may have very many lines that are no networks. */
export const readNetwork = (text: string): Network | { readonly wrong: string } => {
  const slash = text.indexOf('/')
  const end = slash < 0 ? text.length : slash
  if (text.includes('%')) return { wrong: `${show(text)} has a zone; write the address without %, for all zones` }
  if (!address.read(text, 0, end))
    return { wrong: `${show(text)} is not a network; write an address or a network, such as ${NETWORK_EXAMPLES}` }
  const bits = address.wasIpv6 ? 128 : 32
  const length = slash < 0 ? bits : lengthFrom(text, slash + 1)
  if (!(length <= bits)) {
    const what = slash === text.length - 1 ? 'no length' : 'no valid length'
    return { wrong: `${show(text)} has ${what} after the slash; write a number from 0 to ${bits}` }
  }
  if (address.family === 6) return ipv6Network(address.ipv6, length)
  if (address.wasIpv6 && length < MAPPED_BITS) return { wrong: `${show(text)} ${mistakeInMapped(length)}` }
  return ipv4Network(address.ipv4, address.wasIpv6 ? length - MAPPED_BITS : length)
}

export const isNetwork = (text: string): boolean => !('wrong' in readNetwork(text))

/** RFC 4291 §2.5.5.2: `::ffff:0:0/96` is all of IPv4. */
const MAPPED_BITS = 96

const mistakeInMapped = (length: number): string => {
  if (length > 32) return `is larger than all of IPv4; write a length from ${MAPPED_BITS} to 128`
  const ipv4 = [24, 16, 8, 0].map((shift) => (address.ipv4 >>> shift) & 255).join('.')
  return `has a length for IPv4; write ${ipv4}/${length}, or ::ffff:${ipv4}/${MAPPED_BITS + length}`
}

/** One to three digits without a leading zero, else NaN. There may be very many networks, so no text is cut out of theirs. */
const lengthFrom = (text: string, begin: number): number => {
  let length = text.length > begin ? 0 : Number.NaN
  for (let at = begin; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9 || (length === 0 && at > begin)) return Number.NaN
    length = length * 10 + digit
  }
  return length
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
