import { accessTable } from '../../config/networks/access-table.ts'
import { parseNetwork } from '../../config/networks/network.ts'
import type { ConnectionsQuery } from '../../ipc/questions.ts'
import { isAdmitted } from '../../proxy/admit/access/access.ts'
import { type ConnectionRecord, clientKeyOf } from '../../proxy/record.ts'

/** Whether a connection is one of those that are asked for. */
export const matcher = ({ listener, server, client }: ConnectionsQuery): ((record: ConnectionRecord) => boolean) => {
  const network = client === undefined ? undefined : accessTable({ allow: [parseNetwork(client)], deny: undefined })
  return (record) =>
    (listener === undefined || record.listener === listener) &&
    (server === undefined || record.server?.name === server) &&
    (network === undefined || isAdmitted(network, clientKeyOf(record)))
}
