import { isDeepStrictEqual } from 'node:util'
import type { Stats } from '../../../src/primary/admin/stats-answer.ts'
import { type Mood, MoodyServer } from '../../support/moody-server.ts'
import { until } from '../../support/until.ts'
import type { Copyloop, LogLine } from './proxy.ts'

const opened: MoodyServer[] = []

/** For `afterEach`. */
export const closeServers = async (): Promise<void> => {
  for (const server of opened.splice(0)) await server.close()
}

export const serverThat = async (mood: Mood, path?: string): Promise<MoodyServer> => {
  const server = await MoodyServer.open(mood, path)
  opened.push(server)
  return server
}

/** A config of one listener and one upstream, whose keys are given. */
export const relayWith = (upstream: object, ...servers: readonly { readonly address: string }[]) => ({
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', timeouts: { connect: '1s' } }],
  upstreams: [{ name: 'app', servers: servers.map(({ address }) => address), ...upstream }],
})

export const statsOf = ({ upstreams }: Stats, { address }: { readonly address: string }) => {
  const found = upstreams.app?.servers[address]
  if (found === undefined) throw new Error(`there is no server ${address}`)
  return found
}

/** Waits until every worker serves a state in which the server is so. */
export const untilState = (
  copyloop: Copyloop,
  server: { readonly address: string },
  state: string,
  withinMs?: number,
) =>
  copyloop.untilStats(
    `${server.address} is ${state}`,
    (stats) =>
      statsOf(stats, server).state === state &&
      stats.workers.every(({ stateVersion }) => stateVersion === stats.stateVersion),
    withinMs,
  )

/** The lines about changes of a server's state, as `before → after`. */
export const changesOf = ({ log }: Copyloop, { address }: { readonly address: string }): string[] =>
  log
    .filter((line: LogLine) => line.server === address && line.before)
    .map(({ before, state }) => `${before} → ${state}`)

/** Waits until the log has exactly these changes: lines are written a tenth of a second later. */
export const untilChanges = (copyloop: Copyloop, server: { readonly address: string }, expected: string[]) =>
  until(
    () => `${server.address}: ${changesOf(copyloop, server)}, not ${expected}`,
    () => isDeepStrictEqual(changesOf(copyloop, server), expected),
  )
