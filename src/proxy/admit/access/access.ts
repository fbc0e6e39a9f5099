import type { AccessTable } from '../../../config/networks/access-table.ts'
import { IpAddress } from '../../../config/networks/ip-address.ts'
import type { PeerKey } from '../../../engine/peer.ts'
import { contains, containsIpv4 } from './contains.ts'

const address = new IpAddress()

/**
 * Whether a listener admits a client.
 *
 * A client of a unix socket has no address: only `deny` lists admit it. A TCP client whose address cannot be found, because
 * it had left before anybody could ask, is admitted by no list.
 */
export const isAdmitted = (table: AccessTable, client: PeerKey): boolean => {
  if (typeof client === 'number') return containsIpv4(table.ipv4, Math.floor(client / 65_536))
  if (client.startsWith('unix:')) return table.unix
  return readClient(client, address) && contains(table, address)
}

/** Reads the address of `192.0.2.1:4711` or `[2001:db8::1]:4711`. Returns false if there is none. */
export const readClient = (client: string, into: IpAddress): boolean => {
  const port = client.lastIndexOf(':')
  return client.startsWith('[') ? into.read(client, 1, port - 1) : into.read(client, 0, port)
}
