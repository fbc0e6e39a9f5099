import { addressKey, formatAddress } from '../../config/fields/address.ts'
import type { ServerSpec } from '../../serving/servers-of.ts'

export interface DistinctServers {
  readonly servers: readonly ServerSpec[]
  /** The addresses that were there more than once. */
  readonly repeated: readonly string[]
}

/**
 * The first of all that have the same address. State and counts are kept by address, so an upstream can have it only once;
 * were it the last, a record for a backup could take a primary server out of use.
 */
export const distinctServers = (specs: readonly ServerSpec[]): DistinctServers => {
  const servers = new Map<string, ServerSpec>()
  const repeated = new Set<string>()
  for (const spec of specs) {
    const key = addressKey(spec.address)
    const first = servers.get(key)
    if (first === undefined) servers.set(key, spec)
    else repeated.add(formatAddress(first.address))
  }
  return { servers: [...servers.values()], repeated: [...repeated] }
}
