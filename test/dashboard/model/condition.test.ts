import { expect, test } from 'vitest'
import { concernsOf } from '../../../src/dashboard/model/condition.ts'
import type { Stats } from '../../../src/dashboard/model/stats.ts'
import { server, stats, totals, withServers, worker } from '../support.ts'

const worstOf = (given: Partial<Stats>, linesLostLately = 0) => concernsOf(stats(given), linesLostLately)[0]
const headlines = (given: Partial<Stats>) => concernsOf(stats(given), 0).map(({ headline }) => headline)

const REFUSED = 'its check fails: connect ECONNREFUSED'

test('nothing to say is said as well', () => {
  expect(concernsOf(stats(), 0)).toEqual([
    { severity: 'fine', headline: 'All 2 servers are in rotation', details: ['1 listener and 1 worker'] },
  ])
  expect(worstOf(withServers({ 'a:1': server({ state: 'unchecked' }) }))).toMatchObject({
    headline: 'The one server is in rotation',
    details: ['1 listener, 1 worker and 1 server without health checks'],
  })
})

test('a server that is down is counted and named with its reason', () => {
  const servers = { 'a:1': server(), 'b:1': server({ state: 'down', stateReason: REFUSED }) }
  expect(worstOf(withServers(servers))).toEqual({
    severity: 'trouble',
    headline: '1 of 2 servers down',
    details: [`b:1 of app: ${REFUSED}`],
  })
})

test('servers that are down and ejected are one concern', () => {
  const servers = { 'a:1': server({ state: 'ejected' }), 'b:1': server({ state: 'down' }), 'c:1': server() }
  expect(worstOf(withServers(servers)).headline).toBe('2 of 3 servers down and ejected')
})

test('an upstream without a server in rotation comes before all else', () => {
  const servers = { 'a:1': server({ state: 'maintenance' }), 'b:1': server({ state: 'ejected' }) }
  expect(headlines(withServers(servers))).toEqual([
    'No server of app is in rotation',
    '1 of 2 servers ejected',
    '1 server is out of rotation by hand',
  ])
  expect(worstOf(withServers(servers))).toMatchObject({
    severity: 'outage',
    details: [expect.any(String), expect.any(String)],
  })
  expect(worstOf(withServers({})).severity).toBe('outage')
})

test('workers that do not serve are named', () => {
  expect(worstOf({ workers: [] })).toMatchObject({ severity: 'outage', headline: 'No worker serves' })
  expect(worstOf({ workers: [worker({ state: 'starting' })] }).details).toEqual(['worker 1, process 4711: starting'])
  expect(worstOf({ workers: [worker(), worker({ id: 2, state: 'stale' })] })).toEqual({
    severity: 'trouble',
    headline: '1 worker does not answer',
    details: ['worker 2, process 4711'],
  })
})

test('a stop is no outage, and tells how many connections are left', () => {
  expect(
    worstOf({ draining: true, totals: totals({ connectionsActive: 1 }), workers: [worker({ state: 'draining' })] }),
  ).toEqual({ severity: 'notice', headline: 'Draining, to stop', details: ['1 connection left'] })
})

test('clients that wait, names that fail and lines that are lost are worth a notice', () => {
  expect(worstOf(withServers({ 'a:1': server() }, 3)).headline).toBe('3 clients wait for app')
  const discovery = { state: 'failing', lastError: 'db.example: ENOTFOUND' }
  expect(worstOf({ upstreams: { app: { queued: 0, discovery, servers: { 'a:1': server() } } } })).toEqual({
    severity: 'notice',
    headline: 'Names of app do not resolve',
    details: ['db.example: ENOTFOUND'],
  })
  expect(worstOf({ logLinesLost: 9 }).severity).toBe('fine')
  expect(worstOf({ logLinesLost: 9 }, 4)).toMatchObject({ severity: 'notice', details: ['4 lately'] })
})
