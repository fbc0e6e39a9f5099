import { accessTable } from '../../config/networks/access-table.ts'
import { parseNetwork } from '../../config/networks/network.ts'
import type { Sort } from '../../ipc/connection-parts.ts'
import type { ConnectionsQuery } from '../../ipc/questions.ts'
import { isAdmitted } from '../../proxy/admit/access/access.ts'
import { type ConnectionRecord, clientKeyOf } from '../../proxy/record.ts'
import type { ConnectionRates } from './rates.ts'

/** Whether a connection is one of those that are asked for. */
export const matcher = ({ listener, server, client }: ConnectionsQuery): ((record: ConnectionRecord) => boolean) => {
  const network = client === undefined ? undefined : accessTable({ allow: [parseNetwork(client)], deny: undefined })
  return (record) =>
    (listener === undefined || record.listener === listener) &&
    (server === undefined || record.server?.name === server) &&
    (network === undefined || isAdmitted(network, clientKeyOf(record)))
}

/** By what a connection is sorted: the same as `sortKey` makes of its description. */
export const sortKeyOf = (
  { acceptedMs, relay }: ConnectionRecord,
  rates: ConnectionRates,
  sort: Sort,
  now: number,
): number => {
  if (sort === 'rate') return rates.toUpstream + rates.toClient
  if (sort === 'age' || relay === undefined) return sort === 'bytes' ? 0 : now - acceptedMs
  const { toClient, toUpstream } = relay
  if (sort === 'bytes') return toUpstream.bytes + toClient.bytes
  return now - Math.max(toUpstream.lastByteMs, toClient.lastByteMs)
}
