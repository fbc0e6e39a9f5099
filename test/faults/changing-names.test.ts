/** Names whose answers change and fail: a DNS server of our own, named by a resolv.conf in a mount namespace. */
import { describe, expect, test } from 'vitest'
import { echo, endOf, open, visit } from '../e2e/support/echo.ts'
import { type Copyloop, relayTo } from '../e2e/support/proxy.ts'
import { ownDns } from '../support/dns-here.ts'
import type { Trouble } from '../support/dns-server.ts'
import { ENGINES } from '../support/engines.ts'
import { serversOn } from '../support/named-servers.ts'
import { runWithResolver } from '../support/own-resolver.ts'
import { until } from '../support/until.ts'

const { dns, canRun, title, resolver: RESOLVER } = await ownDns('127.5.3.54')

const serversOf = async (copyloop: Copyloop) => (await copyloop.stats()).upstreams.app?.servers ?? {}

const untilServers = (copyloop: Copyloop, names: readonly string[]) =>
  copyloop.untilStats(
    `the servers are ${names}`,
    ({ upstreams, stateVersion, workers }) =>
      Object.keys(upstreams.app?.servers ?? {}).toString() === names.toString() &&
      workers.every((worker) => worker.stateVersion === stateVersion),
  )

const untilDiscovery = (copyloop: Copyloop, state: string) =>
  copyloop.untilStats(`discovery is ${state}`, ({ upstreams }) => upstreams.app?.discovery?.state === state)

const warnings = (copyloop: Copyloop) => copyloop.log.filter(({ level, name }) => level === 40 && name !== undefined)

describe.skipIf(!canRun).each(ENGINES)(`engine $name${title}`, ({ name: engine }) => {
  test('all addresses of a name are servers, and follow its records by their TTL; living connections go on', async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2')
    dns.set('app.test', { addresses: ['127.0.0.2', '127.0.0.1'], ttl: 1 })
    const copyloop = await runWithResolver({ engine, ...relayTo(`app.test:${port}`) }, RESOLVER)
    const address = copyloop.address('web')
    const [one, two] = [`app.test:${port}@127.0.0.1`, `app.test:${port}@127.0.0.2`]
    const living = [open(address), open(address)]
    for (const socket of living) await echo(socket, 'hello')
    const before = await serversOf(copyloop)
    expect(Object.entries(before).map(([server, { connectionsActive }]) => [server, connectionsActive])).toEqual([
      [one, 1],
      [two, 1],
    ])
    expect((await copyloop.stats()).upstreams.app?.discovery).toMatchObject({
      source: 'dns',
      state: 'ok',
      lastError: null,
      servers: 2,
      revision: 1,
    })

    dns.set('app.test', { addresses: ['127.0.0.2'], ttl: 1 })
    await untilServers(copyloop, [two])
    for (let visits = 0; visits < 6; visits++) await visit(address)
    expect((await serversOf(copyloop))[two]).toMatchObject({ connectionsTotal: 7 })
    for (const socket of living) await echo(socket, 'still here')
    expect((await copyloop.stats()).totals.connectionsActive).toBe(2)

    dns.set('app.test', { addresses: ['127.0.0.1', '127.0.0.2'], ttl: 1 })
    await untilServers(copyloop, [one, two])
    // It was the server of a living connection all the time.
    expect((await serversOf(copyloop))[one]).toMatchObject({ connectionsActive: 1, connectionsTotal: 1 })
    for (const socket of living) socket.end()
    expect(await Promise.all(living.map(endOf))).toEqual(['FIN', 'FIN'])
    const changes = () => copyloop.log.filter(({ msg }) => /has (?:found its|other) servers/.test(msg))
    await until('the changes are logged', () => changes().length >= 3)
    expect(changes()).toMatchObject([
      { added: [one, two], removed: [`app.test:${port}`] },
      { added: [], removed: [one] },
      { added: [one], removed: [] },
    ])
    expect(warnings(copyloop)).toEqual([])
  })

  test('a name that does not resolve yet makes its server down, and it is served as soon as it does', async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2')
    dns.remove('late.test')
    const copyloop = await runWithResolver({ engine, ...relayTo(`late.test:${port}`) }, RESOLVER)
    const address = copyloop.address('web')
    expect(await endOf(open(address))).toBe('ECONNRESET')
    const { upstreams, totals } = await copyloop.untilStats(
      'it is counted',
      (stats) => stats.totals.connectionsActive === 0,
    )
    expect(totals.outcomes).toEqual({ noServer: 1 })
    expect(upstreams.app).toMatchObject({
      discovery: {
        source: 'dns',
        state: 'failing',
        ageMs: null,
        lastError: 'late.test: there is no such name (ENOTFOUND)',
        servers: 0,
      },
      servers: {
        [`late.test:${port}`]: {
          state: 'down',
          stateReason: 'its name does not resolve: there is no such name (ENOTFOUND)',
        },
      },
    })
    dns.set('late.test', { addresses: ['127.0.0.1'] })
    await untilServers(copyloop, [`late.test:${port}@127.0.0.1`])
    await visit(address)
    await until('it is logged', () => copyloop.logged('resolves now'))
    expect(copyloop.log.filter(({ name }) => name === 'late.test').map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'name late.test does not resolve: there is no such name (ENOTFOUND); there are no addresses until it does'],
      [30, 'name late.test resolves now'],
    ])
  })
})

const TROUBLES: readonly [what: string, trouble: Trouble | undefined, error: string][] = [
  ['answers SERVFAIL', 'servfail', 'ESERVFAIL'],
  ['answers empty', 'empty', 'ENODATA'],
  ['says that there is no such name', undefined, 'ENOTFOUND'],
  ['is silent', 'silent', 'ETIMEOUT'],
]

test.skipIf(!canRun).each(TROUBLES)(
  `the last addresses stay while the resolver %s, which is logged once${title}`,
  async (_what, trouble, error) => {
    const host = `${error.toLowerCase()}.test`
    const port = await serversOn('127.0.0.1', '127.0.0.2')
    const zone = { addresses: ['127.0.0.1', '127.0.0.2'], ttl: 1 }
    dns.set(host, zone)
    const copyloop = await runWithResolver(relayTo(`${host}:${port}`), RESOLVER)
    if (trouble === undefined) dns.remove(host)
    else dns.set(host, trouble)
    const { upstreams } = await untilDiscovery(copyloop, 'failing')
    expect(upstreams.app?.discovery).toMatchObject({ lastError: expect.stringContaining(`(${error})`), servers: 2 })
    const asked = dns.timesAsked(host)
    await until('it is asked again', () => dns.timesAsked(host) > asked + 1)
    const later = (await copyloop.stats()).upstreams.app?.discovery?.ageMs ?? 0
    expect(later).toBeGreaterThan(upstreams.app?.discovery?.ageMs ?? 0)
    for (let visits = 0; visits < 4; visits++) await visit(copyloop.address('web'))
    expect(Object.keys(await serversOf(copyloop))).toEqual([`${host}:${port}@127.0.0.1`, `${host}:${port}@127.0.0.2`])
    dns.set(host, zone)
    const recovered = await untilDiscovery(copyloop, 'ok')
    expect(recovered.upstreams.app?.discovery).toMatchObject({ lastError: null, servers: 2, revision: 1 })
    await until('it is logged', () => copyloop.logged('resolves again'))
    const lines = copyloop.log.filter(({ name }) => name === host)
    expect(lines).toMatchObject([
      { level: 40, error },
      { level: 30, msg: `name ${host} resolves again` },
    ])
  },
  30_000,
)

test.skipIf(!canRun)(
  `a family that fails keeps its addresses, while the other follows its records${title}`,
  async () => {
    dns.set('both.test', { addresses: ['127.0.0.1', 'fd00::1'], ttl: 1 })
    const copyloop = await runWithResolver(relayTo('both.test:9'), RESOLVER)
    await untilServers(copyloop, ['both.test:9@127.0.0.1', 'both.test:9@fd00::1'])
    dns.set('both.test', { addresses: ['127.0.0.2'], fails: 'AAAA', ttl: 1 })
    await untilServers(copyloop, ['both.test:9@127.0.0.2', 'both.test:9@fd00::1'])
    dns.set('both.test', { addresses: ['127.0.0.2'], ttl: 1 })
    await untilServers(copyloop, ['both.test:9@127.0.0.2'])
  },
)

test.skipIf(!canRun)(`DNS is not asked for names in /etc/hosts, and for others once per TTL${title}`, async () => {
  dns.set('ttl.test', { addresses: ['127.0.0.1'], ttl: 3 })
  dns.set('listed.test', { addresses: ['192.0.2.1'] })
  const hosts = '127.0.0.9 listed.test\n127.0.0.1 localhost\n'
  // Two upstreams ask for the same name once.
  const config = relayTo('ttl.test:1', 'TTL.test:2', 'listed.test:3', 'localhost:4')
  const upstreams = [...config.upstreams, { name: 'other', servers: ['ttl.test:5'] }]
  const copyloop = await runWithResolver({ ...config, upstreams }, { ...RESOLVER, hosts })
  const names = ['ttl.test:1@127.0.0.1', 'TTL.test:2@127.0.0.1', 'listed.test:3@127.0.0.9', 'localhost:4@127.0.0.1']
  await untilServers(copyloop, names)
  expect(dns.timesAsked('ttl.test')).toBe(1)
  await until('it is asked again', () => dns.timesAsked('ttl.test') === 2, 5_000)
  // The resolver counts a question before copyloop has its answer.
  await copyloop.untilStats(
    'the answer is new',
    ({ upstreams }) => (upstreams.other?.discovery?.ageMs ?? 3_000) < 3_000,
  )
  expect(dns.timesAsked('listed.test') + dns.timesAsked('localhost')).toBe(0)
})
