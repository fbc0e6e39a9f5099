import { readClient } from '../../config/networks/contains.ts'
import { IpAddress } from '../../config/networks/ip-address.ts'

const address = new IpAddress()

/**
 * Leaves the network of a client's address, and its port: of `192.0.2.77:4711` with 24 bits `192.0.2.0:4711`, of
 * `[2001:db8:1:2::3]:4711`, whatever the bits, `[2001:db8:1::]:4711`. Names of unix sockets stay as they are.
 *
 * @param client in the form of `Peer.remote`
 * @param bits that are left of an IPv4 address, also where it is written as IPv6
 */
export const anonymized = (client: string, bits: number): string => {
  if (!readClient(client, address)) return client.startsWith('unix:') ? client : 'unknown'
  const port = client.slice(client.lastIndexOf(':'))
  return (address.family === 4 ? ipv4Network(bits) : ipv6Network()) + port
}

const ipv4Network = (bits: number): string => {
  const { ipv4 } = address
  const network = ipv4 - (ipv4 % 2 ** (32 - bits))
  return `${network >>> 24}.${(network >>> 16) & 255}.${(network >>> 8) & 255}.${network & 255}`
}

/** The first 48 bits, as RFC 5952 §4 recommends to write them: more than half of the groups are 0, and the last of them. */
const ipv6Network = (): string => {
  const [first = 0, second = 0] = address.ipv6
  const groups = [first >>> 16, first & 0xffff, second >>> 16]
  while (groups.at(-1) === 0) groups.pop()
  return `[${groups.map((group) => group.toString(16)).join(':')}::]`
}
