/** IP addresses between text and bytes. */
import { isIPv6 } from 'node:net'

/** A number of 8 bits without leading zeros: those would be octal to some (PP §2.1). */
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`)

export const isIpv4 = (text: string): boolean => IPV4.test(text)

/** The 4 bytes of an IPv4 address. */
export const ipv4Bytes = (text: string): Uint8Array => Uint8Array.from(text.split('.'), Number)

/**
 * An IPv6 address without a zone. The last 32 bits may be written as IPv4 (RFC 4291 §2.2): inet_ntop(3) writes IPv4 clients
 * of IPv6 sockets so, and with it HAProxy and nginx.
 */
export const isIpv6 = (text: string): boolean => isIPv6(text) && !text.includes('%')

/** The 16 bytes of an IPv6 address. */
export const ipv6Bytes = (text: string): Uint8Array => {
  const [before = '', after = ''] = text.split('::')
  const [head, tail] = [bytesOf(before), bytesOf(after)]
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

const bytesOf = (groups: string): number[] =>
  groups === ''
    ? []
    : groups.split(':').flatMap((group) => (group.includes('.') ? group.split('.').map(Number) : pair(group)))

const pair = (group: string): number[] => {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 255]
}

export const ipv4Text = (address: Uint8Array): string => address.join('.')

/** The one way to write it that RFC 5952 §4 recommends: `2001:db8::1`. */
export const ipv6Text = (address: Uint8Array): string => {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((address[2 * index] ?? 0) << 8) | (address[2 * index + 1] ?? 0),
  )
  const { at, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, at).join(':')}::${hex.slice(at + length).join(':')}`
}

/** The first of the longest runs of zeros. */
const longestZeros = (groups: readonly number[]): { at: number; length: number } => {
  let longest = { at: 0, length: 0 }
  let length = 0
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0
    if (length > longest.length) longest = { at: index + 1 - length, length }
  })
  return longest
}

/** Whether something may follow that makes it an IPv4 address. */
export const beginsIpv4 = (text: string): boolean => IPV4_BEGIN.test(text)

const IPV4_BEGIN = new RegExp(`^(?:${OCTET}\\.){0,3}(?:${OCTET})?$`)

/** Each begin of an IPv6 address becomes one with one of these, as each has room for `::` or for its last group. */
const ENDS = ['', '0', ':', '::', '.0.0.0', '0.0.0', '.0.0', '0.0', '.0']

/** Whether something may follow that makes it an IPv6 address. */
export const beginsIpv6 = (text: string): boolean => ENDS.some((end) => isIpv6(text + end))
