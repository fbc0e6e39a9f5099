import { isIP } from 'node:net'
import { type Address, formatAddress } from '../config/fields/address.ts'
import type { UpstreamConfig } from '../config/schema.ts'
import type { ServerState } from './state.ts'

/** A server as it was configured or found, before its name is resolved. */
export interface ServerSpec extends Omit<ServerState, 'address' | 'state'> {
  readonly address: Address
}

/** A server of a config. */
export const configuredServer = ({
  address,
  weight,
  backup,
  maxConnections,
}: UpstreamConfig['servers'][number]): ServerSpec => ({ address, weight, tier: backup ? 1 : 0, maxConnections })

/** A server that was discovered. */
export const discoveredServer = (found: Pick<ServerSpec, 'address' | 'weight' | 'tier'>): ServerSpec => ({
  ...found,
  maxConnections: Number.POSITIVE_INFINITY,
})

/** The host to resolve, in lower case; undefined if the address is one that can be dialled as it is. */
export const nameIn = (address: Address): string | undefined =>
  address.kind === 'unix' || isIP(address.host) !== 0 ? undefined : address.host.toLowerCase()

/**
 * The servers that a specified one stands for, by the names that they are shown with. If its host is a name, that is one
 * for each of the name's addresses, `db.example:5432@10.0.0.1`; while it has none, one that is `down`, shown as it is
 * written.
 *
 * @param hosts the IP addresses of its name
 */
export const serversOf = ({ address, ...rest }: ServerSpec, hosts: readonly string[]): [string, ServerState][] => {
  const written = formatAddress(address)
  if (address.kind === 'unix' || nameIn(address) === undefined) {
    return [[written, { ...rest, address, state: 'unchecked' }]]
  }
  if (hosts.length === 0) return [[written, { ...rest, address: undefined, state: 'down' }]]
  const { port } = address
  return hosts.map((host) => [
    `${written}@${host}`,
    { ...rest, address: { kind: 'tcp', host, port }, state: 'unchecked' },
  ])
}
