import { unixName, unixPath } from '../../../config/fields/unix-name.ts'
import { ipv4Bytes, ipv4Text, ipv6Bytes, ipv6Text, isIpv4, isIpv6 } from './ip-text.ts'

/**
 * One end of a connection: an IP address and a port, or the path of a unix socket. That is empty where it has no name, and
 * begins with a NUL where its name is abstract (unix(7)).
 */
export type Endpoint =
  | { readonly family: 'ipv4' | 'ipv6'; readonly address: Uint8Array; readonly port: number }
  | { readonly family: 'unix'; readonly path: Buffer }

/**
 * As a log and a config show it: `192.0.2.1:4711`, `[2001:db8::1]:4711`, `unix:/run/client.sock`, `unix:@abstract`. An IPv4
 * address in IPv6 (RFC 4291 §2.5.5.2) is shown as IPv4: the same client has one name, whichever socket it came through.
 */
export const endpointText = (endpoint: Endpoint): string => {
  if (endpoint.family === 'unix') return `unix:${unixName(endpoint.path)}`
  const { address, family, port } = endpoint
  const ipv4 = family === 'ipv4' ? address : ipv4Within(address)
  return ipv4 ? `${ipv4Text(ipv4)}:${port}` : `[${ipv6Text(address)}]:${port}`
}

/** Reads what `endpointText` and `Peer.remote` write. Undefined for `unknown`, and for whatever else names no end. */
export const readEndpoint = (text: string): Endpoint | undefined => {
  if (text.startsWith('unix:')) return { family: 'unix', path: unixPath(text.slice('unix:'.length)) }
  const [, ipv6 = '', ipv4 = '', port] = /^(?:\[([^\]%]+)(?:%[^\]]+)?\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? []
  if (isIpv4(ipv4)) return { family: 'ipv4', address: ipv4Bytes(ipv4), port: Number(port) }
  if (isIpv6(ipv6)) return { family: 'ipv6', address: ipv6Bytes(ipv6), port: Number(port) }
  return undefined
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** The IPv4 address in an IPv6 address, or undefined. */
const ipv4Within = (address: Uint8Array): Uint8Array | undefined =>
  MAPPED.every((byte, index) => address[index] === byte) ? address.subarray(MAPPED.length) : undefined
