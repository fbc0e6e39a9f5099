/** What must hold when the last connection has ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { checkServerStats, checkStats, checkStatsAfterKills, endedOf, LineSums } from '../check/check-stats.ts'
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
  const workers = await proxy.serving()
  return { primary: takeCensus(proxy.pid), worker: mostOf(workers.map(({ pid }) => takeCensus(pid))) }
}

/** The key of a server in the sums of the log lines. */
export const serverKey = (upstream: string, server: string): string => `${upstream} ${server}`

/** `/stats` beside the sums of the log lines, by listener and by server. */
export const totalsFaults = (
  proxy: ProxyProcess,
  listenerSums: ReadonlyMap<string, LineSums>,
  serverSums: ReadonlyMap<string, LineSums>,
): Promise<string[]> =>
  settled(async () => {
    const { listeners, upstreams, logLinesLost } = await proxy.stats()
    const faults = logLinesLost > 0 ? [`/stats: ${logLinesLost} log lines were lost`] : []
    for (const [name, counts] of Object.entries(listeners)) {
      faults.push(...checkStats(name, counts, listenerSums.get(name) ?? new LineSums()))
    }
    for (const [name, { servers, queued }] of Object.entries(upstreams)) {
      if (queued !== 0) faults.push(`/stats of ${name}: ${queued} are queued at the end`)
      for (const [address, counts] of Object.entries(servers)) {
        const key = serverKey(name, address)
        faults.push(...checkServerStats(key, counts, serverSums.get(key) ?? new LineSums()))
      }
    }
    return faults
  })

/** `/stats` after workers were killed, beside what was opened. */
export const totalsFaultsAfterKills = (
  proxy: ProxyProcess,
  opened: ReadonlyMap<string, number>,
  moved: number,
): Promise<string[]> =>
  settled(async () => {
    const { listeners } = await proxy.stats()
    return Object.entries(listeners).flatMap(([name, counts]) =>
      checkStatsAfterKills(name, counts, opened.get(name) ?? 0, moved),
    )
  })

/** How many connections are counted as ended twice, or not at all, with a worker that was killed while they moved. */
export const miscounted = async (proxy: ProxyProcess): Promise<number> =>
  Object.values((await proxy.stats()).listeners).reduce(
    (sum, { connectionsAccepted, outcomes }) => sum + Math.abs(connectionsAccepted - endedOf(outcomes)),
    0,
  )

/** The processes' descriptors, threads and memory, compared with those before. */
export const censusFaults = (proxy: ProxyProcess, before: ProxyCensus): Promise<string[]> =>
  settled(async () => {
    const draining = (await proxy.stats()).workers.filter(({ state }) => state === 'draining')
    const now = await takeCensusOf(proxy)
    return [
      ...draining.map(({ id }) => `worker ${id} drains, and no connection is left`),
      ...checkCensus('the primary', before.primary, now.primary),
      ...checkCensus('a worker', before.worker, now.worker),
    ]
  })

/** The faults that remain after the processes had time to settle. */
const settled = async (look: () => Promise<string[]>): Promise<string[]> => {
  const until = performance.now() + SETTLES_WITHIN_MS
  let faults = await look()
  while (faults.length > 0 && performance.now() < until) {
    await sleep(LOOK_EVERY_MS)
    faults = await look()
  }
  return faults
}
