import type { AccessTable } from '../../../config/networks/access-table.ts'
import { contains, containsIpv4, readClient } from '../../../config/networks/contains.ts'
import { IpAddress } from '../../../config/networks/ip-address.ts'
import type { PeerKey } from '../../../engine/peer.ts'

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
