import { expect, test } from 'vitest'
import { metricFamilies } from '../../../src/primary/admin/metrics-answer.ts'
import { RecentNames } from '../../../src/primary/recent-names.ts'
import { withUpstream } from '../../../src/serving/edits.ts'
import { NOTHING_SERVED, SERVER_STATES } from '../../../src/serving/state.ts'
import { Totals } from '../../../src/stats/totals.ts'
import { serverState, upstreamState } from '../../support/states.ts'

test('`server_up` is 1 for servers in rotation, and says that an ejected one may be tried all the same', () => {
  const servers = SERVER_STATES.map((state, port) => [state, serverState(port, { state })] as const)
  const state = withUpstream(NOTHING_SERVED, 'app', upstreamState(servers))
  const recentNames = new RecentNames({ state, watch: () => {} })
  const families = metricFamilies({
    state,
    sum: new Totals(),
    recentNames,
    workers: [],
    reloads: { applied: 0, refused: 0 },
    logLinesLost: 0,
  })
  const up = families.find(({ name }) => name === 'server_up')
  expect(up?.samples.map(({ labels, value }) => [labels.server, value])).toEqual([
    ['up', 1],
    ['unchecked', 1],
    ['ejected', 0],
    ['down', 0],
    ['draining', 0],
    ['maintenance', 0],
  ])
  expect(up?.help).toMatch(/in rotation.*Ejected ones are not, also while they are tried/)
})
