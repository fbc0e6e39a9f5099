import type { Network } from './network.ts'
import { EVERY_ADDRESS, setOf, without } from './network-set.ts'
import { type NetworkTable, tableOf } from './network-table.ts'

/** The clients that a listener admits: those whose address is in the table. */
export interface AccessTable extends NetworkTable {
  /** Whether it admits clients of unix sockets, which have no address: no list of networks can admit them. */
  readonly unix: boolean
}

/** The networks of a listener's lists, those of its files included. An undefined list was not given. */
export interface AccessLists {
  readonly allow: readonly Network[] | undefined
  readonly deny: readonly Network[] | undefined
}

/** `deny` wins over `allow`, however narrow. An empty `allow` admits nobody. Undefined if everyone is admitted. */
export const accessTable = ({ allow, deny = [] }: AccessLists): AccessTable | undefined => {
  if (allow === undefined && deny.length === 0) return undefined
  const allowed = allow === undefined ? EVERY_ADDRESS : setOf(allow)
  return { ...tableOf(without(allowed, setOf(deny))), unix: allow === undefined }
}
