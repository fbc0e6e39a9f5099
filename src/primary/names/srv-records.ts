import { canonicalHost } from '../../config/fields/host.ts'
import { discoveredServer, type ServerSpec } from '../../serving/servers-of.ts'

/** A record of RFC 2782, as `node:dns` has it. */
export interface SrvRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

const HEAVIEST = 256

/**
 * The servers that SRV records stand for. The lowest priority is tier 0, each further one a tier of backups. Weights, up
 * to 65535 in DNS, are scaled down to at most 256 within a tier where they are larger; a weight of 0 counts as 1, so that
 * every server gets some connections (RFC 2782 asks for a very small chance). Of several for one target and port the one
 * with the lowest priority comes first, and among these the heaviest.
 */
export const serversIn = (records: readonly SrvRecord[]): readonly ServerSpec[] => {
  const usable = records.filter(isOffered).toSorted(byPriorityAndName)
  const priorities = [...new Set(usable.map(({ priority }) => priority))]
  return priorities.flatMap((priority, tier) => {
    const own = usable.filter((record) => record.priority === priority)
    const scale = Math.min(1, HEAVIEST / Math.max(...own.map(({ weight }) => weight)))
    return own.map(({ name, port, weight }) =>
      discoveredServer({
        address: { kind: 'tcp', host: canonicalHost(name), port },
        tier,
        weight: Math.max(1, Math.round(weight * scale)),
      }),
    )
  })
}

/** RFC 2782: the target `.` means that the service is not offered. Nothing listens on port 0. */
const isOffered = ({ name, port }: SrvRecord): boolean => name !== '' && name !== '.' && port > 0

/** DNS servers rotate the records in their answers; the order of servers must not depend on that. */
const byPriorityAndName = (one: SrvRecord, other: SrvRecord): number =>
  one.priority - other.priority ||
  (one.name < other.name ? -1 : Number(one.name > other.name)) ||
  one.port - other.port ||
  other.weight - one.weight
