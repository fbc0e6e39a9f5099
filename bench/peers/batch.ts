import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import type { Peer } from './peer.ts'

/** A contestant under the policy that our workers ask for themselves (sched(7) SCHED_BATCH). */
const inBatches = (peer: Peer): Peer => {
  return {
    ...peer,
    name: `batch-${peer.name}`,
    label: `${peer.label}, by chrt --batch`,
    async command(place) {
      const { file = '', args = [], ...rest } = (await peer.command(place)) ?? {}
      return { ...rest, file: 'chrt', args: ['--batch', '0', file, ...args] }
    },
  }
}

/** Take part only where they are asked for: what an operator could add to a proxy that does not do it by itself. */
export const batchPeers: readonly Peer[] = [inBatches(nginx), inBatches(haproxy)]
