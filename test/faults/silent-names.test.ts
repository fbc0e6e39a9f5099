/** A resolver that never answers for some names: a DNS server of our own, named by a resolv.conf in a mount namespace. */
import { describe, expect, test } from 'vitest'
import { echoServer, endOf, open, visit } from '../e2e/support/echo.ts'
import { ownDns } from '../support/dns-here.ts'
import { ENGINES } from '../support/engines.ts'
import { runWithResolver } from '../support/own-resolver.ts'
import { within } from '../support/until.ts'

const { dns, canRun, title, resolver: RESOLVER } = await ownDns('127.5.3.53')

describe.skipIf(!canRun).each(ENGINES)(`engine $name${title}`, ({ name }) => {
  test('names that get no answer hold up no other, be it in DNS or in /etc/hosts, and no stop', async () => {
    const port = (await echoServer()).split(':')[1]
    const hosts = { dns: 'healthy.test', file: 'localhost' }
    const silent = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`s${index}`, `silent${index}.test`]))
    for (const host of Object.values(silent)) dns.set(host, 'silent')
    dns.set('healthy.test', { addresses: ['127.0.0.1'] })
    const upstreams = Object.entries({ ...silent, ...hosts }).map(([upstream, host]) => ({
      name: upstream,
      servers: [`${host}:${port}`],
    }))
    const listeners = upstreams.map((upstream) => ({
      name: upstream.name,
      listen: '127.0.0.1:0',
      upstream: upstream.name,
    }))
    const copyloop = await runWithResolver({ engine: name, listeners, upstreams }, RESOLVER)
    for (const listener of Object.keys(hosts)) await visit(copyloop.address(listener))
    for (const listener of Object.keys(silent)) expect(await endOf(open(copyloop.address(listener)))).toBe('ECONNRESET')
    const stats = await copyloop.untilStats('all are counted', ({ totals }) => totals.connectionsActive === 0)
    expect(stats.totals.outcomes).toEqual({ completed: 2, noServer: 6 })
    const [silentServer] = Object.entries(stats.upstreams.s0?.servers ?? {})
    expect(silentServer).toMatchObject([`silent0.test:${port}`, { state: 'down' }])
    expect(Object.keys(stats.upstreams.dns?.servers ?? {})).toEqual([`healthy.test:${port}@127.0.0.1`])
    // getaddrinfo would hold the process for ten seconds.
    copyloop.signal('SIGTERM')
    expect(await within('the stop', copyloop.exited, 4_000)).toBe(0)
  })
})
