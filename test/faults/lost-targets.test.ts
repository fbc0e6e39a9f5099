/** SRV records that change to targets for which a DNS server of our own has no answer. */
import { expect, test } from 'vitest'
import { visit } from '../e2e/support/echo.ts'
import { ownDns } from '../support/dns-here.ts'
import type { Trouble } from '../support/dns-server.ts'
import { serversOn, untilApp } from '../support/named-servers.ts'
import { runWithResolver } from '../support/own-resolver.ts'
import { until } from '../support/until.ts'

const { dns, canRun, title, resolver: RESOLVER } = await ownDns('127.5.3.57')

const TROUBLES: readonly [what: string, trouble: Trouble, error: string][] = [
  ['fail', 'servfail', 'ESERVFAIL'],
  ['have no address', 'empty', 'ENODATA'],
  ['get no answer', 'silent', 'ETIMEOUT'],
]

test.skipIf(!canRun).each(TROUBLES)(
  `the last servers stay while all new targets %s, and the first that resolves is used${title}`,
  async (_what, trouble, error) => {
    const port = await serversOn('127.0.0.1', '127.0.0.2')
    const service = `_${trouble}._tcp.test`
    const records = (...targets: readonly string[]) => ({
      services: targets.map((target) => ({ priority: 1, weight: 1, port: Number(port), target })),
    })
    dns.set('old.test', { addresses: ['127.0.0.1'] })
    dns.set(service, records('old.test'))
    const config = {
      listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
      upstreams: [{ name: 'app', discover: { srv: service } }],
    }
    const copyloop = await runWithResolver(config, RESOLVER)
    for (const target of ['a.test', 'b.test']) dns.set(target, trouble)
    // Its records are asked for again soon after a failure, and after ten seconds else.
    dns.set(service, 'servfail')
    await untilApp(copyloop, 'it is failing', ({ discovery }) => discovery?.state === 'failing')
    dns.set(service, records('a.test', 'b.test'))
    await until('it is logged', () => copyloop.logged('keeps its last servers'), 20_000)
    for (let visits = 0; visits < 3; visits++) await visit(copyloop.address('web'))
    const { app } = (await copyloop.stats()).upstreams
    expect(Object.keys(app?.servers ?? {})).toEqual([`old.test:${port}@127.0.0.1`])
    expect(app?.discovery).toMatchObject({ state: 'failing', lastError: expect.stringContaining(`(${error})`) })

    dns.set('b.test', { addresses: ['127.0.0.2'] })
    await untilApp(copyloop, 'the target', ({ servers }) => `b.test:${port}@127.0.0.2` in servers)
    await visit(copyloop.address('web'))
    const later = (await copyloop.stats()).upstreams.app
    expect(Object.keys(later?.servers ?? {})).toEqual([`a.test:${port}`, `b.test:${port}@127.0.0.2`])
  },
  60_000,
)
