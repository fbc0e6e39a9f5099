import { readClient } from '../../../config/networks/contains.ts'
import { IpAddress } from '../../../config/networks/ip-address.ts'
import type { PeerKey } from '../../../engine/peer.ts'
import type { ClientKey } from '../../../serving/clients/client-table.ts'

const address = new IpAddress()

/**
 * The client that a limit counts: an IPv4 address, or the network of length 64 that an IPv6 address belongs to, for that is
 * what one customer has (RFC 6177). Undefined for a client without an address: on a unix socket there is no telling one
 * from another.
 */
export const clientKey = (listener: number, client: PeerKey): ClientKey | undefined => {
  if (typeof client === 'number') return { group: groupOf(listener, 4), high: 0, low: Math.floor(client / 65_536) | 0 }
  if (client.startsWith('unix:') || !readClient(client, address)) return undefined
  if (address.family === 4) return { group: groupOf(listener, 4), high: 0, low: address.ipv4 | 0 }
  const [high = 0, low = 0] = address.ipv6
  return { group: groupOf(listener, 6), high: high | 0, low: low | 0 }
}

/** Never 0. */
const groupOf = (listener: number, family: 4 | 6): number => 2 * (listener + 1) + (family === 6 ? 1 : 0)
