import type { Peer } from '../peers/peer.ts'
import { sideWork } from '../work/work.ts'
import { type Durations, withSetting } from './measure.ts'

/** Whose capacity sets the rate: the first of these that takes part. */
const yardsticks = ['nginx', 'haproxy', 'copyloop-kernel', 'copyloop-streams', 'direct']

const asFastAsItGoes = sideWork('calibration', { kind: 'requests', settings: { connections: 50 } })

/** Half of the requests per second that nginx serves to the same generator, rounded to hundreds. */
export const calibrateRate = async (peers: readonly Peer[], durations: Durations): Promise<number> => {
  const found = yardsticks.map((name) => peers.find((peer) => peer.name === name)).find((peer) => peer !== undefined)
  const peer = found ?? peers[0]
  if (!peer) return 1000
  return withSetting(asFastAsItGoes, peer, async ({ generators: [generator] }) => {
    await generator?.run(durations.warmUpSeconds)
    const result = await generator?.run(Math.min(2, durations.seconds))
    if (!result || result.errors.length > 0)
      throw new Error(`calibration with ${peer.label}: ${result?.errors.join('; ')}`)
    return Math.max(100, Math.round(result.units / result.seconds / 200) * 100)
  })
}
