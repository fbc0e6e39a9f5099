/** What must hold when the last connection has ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { checkStats, checkStatsAfterKills, LineSums } from '../check/check-stats.ts'
import { type Census, checkCensus, mostOf, takeCensus } from './census.ts'
import type { ProxyProcess } from './proxy-process.ts'

export interface ProxyCensus {
  readonly primary: Census
  /** The most of any worker. */
  readonly worker: Census
}

const SETTLES_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 250

export const takeCensusOf = async (proxy: ProxyProcess): Promise<ProxyCensus> => {
  const { workers } = await proxy.stats()
  return { primary: takeCensus(proxy.pid), worker: mostOf(workers.map(({ pid }) => takeCensus(pid))) }
}

/** `/stats` beside the sums of the log lines, or beside what was opened if workers were killed. */
export const totalsFaults = (
  proxy: ProxyProcess,
  sums: ReadonlyMap<string, LineSums>,
  opened: ReadonlyMap<string, number>,
  killed: boolean,
): Promise<string[]> =>
  settled(async () => {
    const { listeners, logLinesLost } = await proxy.stats()
    return [
      ...(logLinesLost > 0 ? [`/stats: ${logLinesLost} log lines were lost`] : []),
      ...Object.entries(listeners).flatMap(([name, counts]) =>
        killed
          ? checkStatsAfterKills(name, counts, opened.get(name) ?? 0)
          : checkStats(name, counts, sums.get(name) ?? new LineSums()),
      ),
    ]
  })

/** What the processes hold beside what they held before. */
export const censusFaults = (proxy: ProxyProcess, before: ProxyCensus): Promise<string[]> =>
  settled(async () => {
    const now = await takeCensusOf(proxy)
    return [
      ...checkCensus('the primary', before.primary, now.primary),
      ...checkCensus('a worker', before.worker, now.worker),
    ]
  })

/** What is still wrong when there was time for it to become right. */
const settled = async (look: () => Promise<string[]>): Promise<string[]> => {
  const until = performance.now() + SETTLES_WITHIN_MS
  let faults = await look()
  while (faults.length > 0 && performance.now() < until) {
    await sleep(LOOK_EVERY_MS)
    faults = await look()
  }
  return faults
}
