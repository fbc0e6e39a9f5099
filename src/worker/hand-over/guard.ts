import type { HandOver } from '../../engine/engine.ts'
import type { Living } from '../../proxy/living.ts'
import type { LivingConnection } from '../../proxy/record.ts'

/**
 * While connections move, none may end with a FIN if this process is killed: it would look complete. Those that live when it
 * begins, and those that begin before it ends, are marked for good.
 */
export const guardConnections = (
  handOver: HandOver | undefined,
  living: Living<LivingConnection>,
  isOn: boolean,
): void => {
  if (handOver === undefined) return
  handOver.resetIfKilled(isOn)
  if (isOn) living.each((connection) => connection.resetIfKilled())
}
