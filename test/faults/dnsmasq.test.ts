/** Names of a real DNS server, which is killed, restarted, and cuts its answers short. */
import { describe, expect, test } from 'vitest'
import { echo, open, visit } from '../e2e/support/echo.ts'
import { relayTo } from '../e2e/support/proxy.ts'
import { realDns } from '../support/dns-here.ts'
import { ENGINES } from '../support/engines.ts'
import { serversOn, untilApp } from '../support/named-servers.ts'
import { runWithResolver } from '../support/own-resolver.ts'
import { until } from '../support/until.ts'

const { dns, canRun, title, resolver: RESOLVER } = await realDns('127.5.3.55')

describe.skipIf(!canRun).each(ENGINES)(`engine $name${title}`, ({ name: engine }) => {
  test('a server that dies and returns with other records costs no client', async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2')
    await dns.start({ hosts: '127.0.0.1 db.test\n' })
    const copyloop = await runWithResolver({ engine, ...relayTo(`db.test:${port}`) }, RESOLVER)
    const address = copyloop.address('web')
    const living = open(address)
    await echo(living, 'hello')
    await dns.kill()
    await untilApp(copyloop, 'it is failing', ({ discovery }) => discovery?.state === 'failing')
    for (let visits = 0; visits < 5; visits++) await visit(address)
    await dns.start({ hosts: '127.0.0.2 db.test\n' })
    await untilApp(copyloop, 'the new address', ({ servers }) => `db.test:${port}@127.0.0.2` in servers)
    const stats = await copyloop.stats()
    expect(stats.upstreams.app?.discovery).toMatchObject({ state: 'ok', servers: 1, revision: 2 })
    expect(Object.keys(stats.upstreams.app?.servers ?? {})).toEqual([`db.test:${port}@127.0.0.2`])
    await visit(address)
    await echo(living, 'still here')
    await until('it is logged', () => copyloop.logged('name db.test resolves again'))
    expect(copyloop.log.filter(({ name }) => name === 'db.test')).toMatchObject([
      { level: 40, error: 'ECONNREFUSED' },
      { level: 30 },
    ])
    dns.changeHosts('127.0.0.1 db.test\n127.0.0.2 db.test\n')
    await untilApp(copyloop, 'both addresses', ({ servers }) => Object.keys(servers).length === 2)
    for (let visits = 0; visits < 4; visits++) await visit(address)
    await echo(living, 'and still')
  }, 40_000)
})

test.skipIf(!canRun)(
  `an answer that is cut short is asked for again over TCP, and used as a whole${title}`,
  async () => {
    const addresses = Array.from({ length: 200 }, (_, index) => `127.9.${index >> 7}.${(index & 127) + 1}`)
    await dns.start({ hosts: addresses.map((address) => `${address} many.test\n`).join('') })
    const copyloop = await runWithResolver(relayTo('many.test:9'), RESOLVER)
    const { app } = (await copyloop.stats()).upstreams
    expect(Object.keys(app?.servers ?? {}).sort()).toEqual(addresses.map((address) => `many.test:9@${address}`).sort())
    expect(app?.discovery).toMatchObject({ state: 'ok', servers: 200 })
  },
)
