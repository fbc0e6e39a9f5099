import { Block } from '../ffi.ts'
import { getOption } from '../libc.ts'
import { IPPROTO_IPV6, IPV6_V6ONLY } from './socket-options.ts'

/** Whether a socket of IPv6 takes no IPv4 clients; undefined if it is none. */
export const isIpv6Only = (descriptor: number): boolean | undefined => {
  const value = new Block(4)
  return getOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, value, 4) < 0 ? undefined : value.bytes.readInt32LE(0) !== 0
}
