import { expect, test } from 'vitest'
import { countsByName, engineOf } from '../../../src/primary/admin/stats-answer.ts'
import { withUpstream } from '../../../src/serving/edits.ts'
import { NOTHING_SERVED } from '../../../src/serving/state.ts'
import { Totals } from '../../../src/stats/totals.ts'
import { serverState, upstreamState } from '../../support/states.ts'

const kernel = { engine: 'kernel' } as const
const streams = { engine: 'streams' } as const
const starting = { engine: null }

test.each([
  ['no worker has served', [starting], null, null],
  ['no worker serves any more', [starting], 'kernel', 'kernel'],
  ['one still starts', [kernel, starting], 'streams', 'kernel'],
  ['all have the same', [streams, streams], 'kernel', 'streams'],
  ['they differ', [kernel, streams, kernel], 'kernel', 'mixed'],
] as const)('the engine in /stats when %s', (_, workers, last, engine) => {
  expect(engineOf(workers, last)).toBe(engine)
})

test('each server is shown with its weight, as a backup or not, and with its limit or null', () => {
  const servers = upstreamState([
    ['a', serverState(1, { weight: 3, maxConnections: 50 })],
    ['b', serverState(2, { tier: 1 })],
  ])
  const facts = { stateReason: '', lastCheckMs: null, ejectedForMs: null }
  const learnt = { factsOf: () => facts, discoveryOf: () => undefined }
  const { upstreams } = countsByName(withUpstream(NOTHING_SERVED, 'app', servers), new Totals(), learnt)
  expect(upstreams.app?.servers).toMatchObject({
    a: { weight: 3, backup: false, maxConnections: 50 },
    b: { weight: 1, backup: true, maxConnections: null },
  })
})
