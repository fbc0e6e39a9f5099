import { expect, test } from 'vitest'
import { OUTCOMES } from '../../src/proxy/outcome.ts'
import { inMicroseconds, LONG_BUCKETS, SHORT_BUCKETS } from '../../src/stats/buckets.ts'
import { noCounts } from '../../src/stats/counts.ts'
import { BINS, record } from '../../src/stats/histogram.ts'
import { exposition, familiesOf } from '../../src/stats/prometheus.ts'
import type { Entry } from '../../src/stats/totals.ts'
import { hasPromtool, promtoolCheck } from '../support/promtool.ts'

const web = (changes: object = {}): Entry<'listener'> => ({
  scope: 'listener',
  names: ['web'],
  counts: { ...noCounts('listener'), ...changes },
})

const linesOf = (entries: readonly Entry[], begin: string): string[] =>
  exposition(familiesOf(entries))
    .split('\n')
    .filter((line) => line.startsWith(begin))

test('a counter, a gauge, and a counter by label each have their line', () => {
  const text = exposition(
    familiesOf([web({ connectionsAccepted: 3, connectionsActive: 1, outcomes: { completed: 2 } })]),
  )
  expect(text).toContain('# TYPE copyloop_connections_accepted_total counter\n')
  expect(text).toContain('copyloop_connections_accepted_total{listener="web"} 3\n')
  expect(text).toContain('copyloop_connections_active{listener="web"} 1\n')
  expect(text).toContain('copyloop_connections_ended_total{listener="web",outcome="completed"} 2\n')
})

test('metrics of one family stand together, under one HELP and TYPE', () => {
  const server: Entry<'server'> = { scope: 'server', names: ['app', '[::1]:80'], counts: noCounts('server') }
  const lines = linesOf([web(), server], '')
  const begin = lines.indexOf('# TYPE copyloop_bytes_total counter')
  expect(lines.slice(begin + 1, begin + 3)).toEqual([
    'copyloop_bytes_total{listener="web",direction="toUpstream"} 0',
    'copyloop_bytes_total{listener="web",direction="toClient"} 0',
  ])
  const types = lines.filter((line) => line.startsWith('# TYPE'))
  expect(new Set(types).size).toBe(types.length)
})

test('a histogram has cumulative buckets in seconds, the bound included, a sum and a count', () => {
  const duration = {}
  for (const ms of [1, 1, 3, 40, 7_200_000]) record(duration, ms)
  const bucket = (le: string) =>
    linesOf([web({ duration })], `copyloop_connection_duration_seconds_bucket{listener="web",le="${le}"}`)
  expect(
    ['0.0005', '0.001', '0.0025', '0.005', '0.05', '3600', '+Inf'].map((le) => bucket(le)[0]?.split(' ')[1]),
  ).toEqual(['0', '2', '2', '3', '4', '4', '5'])
  expect(linesOf([web({ duration })], 'copyloop_connection_duration_seconds_sum')).toEqual([
    'copyloop_connection_duration_seconds_sum{listener="web"} 7200.045',
  ])
  expect(linesOf([web({ duration })], 'copyloop_connection_duration_seconds_count')[0]).toMatch(/ 5$/)
})

test.each([
  ['long', LONG_BUCKETS],
  ['short', SHORT_BUCKETS],
])('the bounds of %s buckets rise, and each is a bound of the bins', (_, buckets) => {
  const bounds = inMicroseconds(buckets)
  expect(bounds).toEqual(bounds.toSorted((one, other) => one - other))
  for (const bound of bounds) expect(BINS).toContain(String(bound))
})

test('an outcome that never occurred is 0, so that its first time can be seen to be an increase', () => {
  const lines = linesOf([web({ outcomes: { completed: 2 } })], 'copyloop_connections_ended_total')
  expect(lines).toHaveLength(Object.keys(OUTCOMES).length)
  expect(lines).toContain('copyloop_connections_ended_total{listener="web",outcome="dialRefused"} 0')
})

test('what stands in a label is escaped', () => {
  const [line] = linesOf(
    [{ scope: 'server', names: ['app', 'unix:/a"b\\c\nd'], counts: noCounts('server') }],
    'copyloop_server_connections_total',
  )
  expect(line).toBe('copyloop_server_connections_total{upstream="app",server="unix:/a\\"b\\\\c\\nd"} 0')
})

test.skipIf(!hasPromtool)(
  `promtool finds nothing to mend${hasPromtool ? '' : ' (skipped: there is no promtool here)'}`,
  () => {
    const server: Entry<'server'> = { scope: 'server', names: ['app', '127.0.0.1:80'], counts: noCounts('server') }
    const upstream: Entry<'upstream'> = { scope: 'upstream', names: ['app'], counts: noCounts('upstream') }
    const text = exposition(familiesOf([web({ outcomes: { completed: 1 } }), upstream, server]))
    expect(promtoolCheck(['metrics'], text)).toEqual({ status: 0, stdout: '', stderr: '' })
  },
)
