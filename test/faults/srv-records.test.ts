/** SRV records of a real DNS server that change, name a server twice, and name servers that do not exist. */
import { expect, test } from 'vitest'
import { echo, open, visit } from '../e2e/support/echo.ts'
import type { Copyloop } from '../e2e/support/proxy.ts'
import { realDns } from '../support/dns-here.ts'
import { ENGINES } from '../support/engines.ts'
import { type App, serversOn, untilApp } from '../support/named-servers.ts'
import { runWithResolver } from '../support/own-resolver.ts'
import { until } from '../support/until.ts'

const { dns, canRun, title, resolver: RESOLVER } = await realDns('127.5.3.56')

const UPSTREAM = { name: 'app', discover: { srv: '_db._tcp.test' } }
const CONFIG = { listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }], upstreams: [UPSTREAM] }

const recordsOn = (port: string) => (target: string, priority: number, weight: number) =>
  `_db._tcp.test,${target}.test,${port},${priority},${weight}`

const weightsOf = ({ servers }: App) => Object.entries(servers).map(([name, { weight }]) => [name, weight])

test.skipIf(!canRun)(
  `SRV records give ports, weights and backups, and follow changes without a gap${title}`,
  async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2', '127.0.0.3')
    const hosts = '127.0.0.1 one.test\n127.0.0.2 two.test\n127.0.0.3 three.test\n'
    const record = recordsOn(port)
    await dns.start({ hosts, services: [record('one', 5, 60_000), record('two', 5, 0), record('three', 10, 20)] })
    const copyloop = await runWithResolver(CONFIG, RESOLVER)
    const address = copyloop.address('web')
    const { app } = (await copyloop.stats()).upstreams
    const [one, two, three] = ['one', 'two', 'three'].map((host, index) => `${host}.test:${port}@127.0.0.${index + 1}`)
    expect(app && weightsOf(app)).toEqual([
      [one, 256],
      [two, 1],
      [three, 20],
    ])
    expect(app?.discovery).toMatchObject({ source: 'srv', state: 'ok', servers: 3, revision: 1 })
    const living = open(address)
    await echo(living, 'hello')
    for (let visits = 0; visits < 20; visits++) await visit(address)
    const served = (await copyloop.stats()).upstreams.app
    expect(served?.servers[three ?? '']?.connectionsTotal).toBe(0)

    await dns.kill()
    await dns.start({ hosts, services: [record('three', 1, 1)] })
    let isChanged = false
    const change = untilApp(copyloop, 'the new records', ({ servers }) => Object.keys(servers).toString() === three)
    void change.then(() => {
      isChanged = true
    })
    while (!isChanged) await visit(address)
    await visit(address)
    await echo(living, 'still here')

    await dns.kill()
    await dns.start({ hosts })
    await untilApp(copyloop, 'it is failing', ({ discovery }) => discovery?.state === 'failing')
    await visit(address)
    // Its host may be what fails first: the records themselves are asked for every 10 s.
    await until('it is logged', () => copyloop.logged('the last servers stay in use'), 20_000)
  },
  60_000,
)

/** Runs the same beside each other on both engines, which ask the same DNS server. */
const onEach = <T>(act: (engine: string) => Promise<T>): Promise<T[]> =>
  Promise.all(ENGINES.map(({ name }) => act(name)))

test.skipIf(!canRun)(
  `a server with several records is as its first priority says, or as the config says, which is logged once${title}`,
  async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2', '127.0.0.3')
    const record = recordsOn(port)
    await dns.start({
      hosts: '127.0.0.1 one.test\n127.0.0.2 two.test\n127.0.0.3 three.test\n',
      services: [record('one', 20, 7), record('one', 10, 300), record('two', 10, 5), record('three', 10, 9)],
    })
    const servers = [{ address: `three.test:${port}`, backup: true, weight: 2 }]
    const upstreams = [{ ...UPSTREAM, servers }]
    const [one, two, three] = ['one', 'two', 'three'].map((host, index) => `${host}.test:${port}@127.0.0.${index + 1}`)
    await onEach(async (engine) => {
      const copyloop = await runWithResolver({ engine, ...CONFIG, upstreams }, RESOLVER)
      const { app } = (await copyloop.stats()).upstreams
      expect(app && weightsOf(app)).toEqual([
        [three, 2],
        [one, 256],
        [two, 4],
      ])
      for (let visits = 0; visits < 20; visits++) await visit(copyloop.address('web'))
      const served = (await copyloop.stats()).upstreams.app
      const visitsOf = (name = '') => served?.servers[name]?.connectionsTotal ?? 0
      expect([visitsOf(one) + visitsOf(two), visitsOf(three)]).toEqual([20, 0])
      expect(visitsOf(one)).toBeGreaterThan(10)

      const asked = served?.discovery?.ageMs ?? 0
      await untilApp(copyloop, 'the records were asked for again', ({ discovery }) => (discovery?.ageMs ?? 0) < asked)
      const warnings = copyloop.log.filter(({ level, msg }) => level === 40 && msg.includes('more than once'))
      expect(warnings).toMatchObject([{ upstream: 'app', servers: [`three.test:${port}`, `one.test:${port}`] }])
    })
  },
  30_000,
)

test.skipIf(!canRun)(
  `new records whose targets do not exist leave the servers as they were until a target does, which is logged once${title}`,
  async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2')
    const record = recordsOn(port)
    const hosts = '127.0.0.1 one.test\n127.0.0.2 two.test\n'
    const services = [record('new', 1, 1), record('newer', 1, 1)]
    const [one, two] = ['one', 'two'].map((host, index) => `${host}.test:${port}@127.0.0.${index + 1}`)
    await dns.start({ hosts, services: [record('one', 1, 1), record('two', 1, 1)] })
    const copyloops = await onEach((engine) => runWithResolver({ engine, ...CONFIG }, RESOLVER))
    const inEach = (act: (copyloop: Copyloop) => Promise<unknown>) => Promise.all(copyloops.map(act))
    await dns.kill()
    await inEach((copyloop) => untilApp(copyloop, 'it is failing', ({ discovery }) => discovery?.state === 'failing'))

    await dns.start({ hosts, services })
    await inEach(async (copyloop) => {
      await until('it is logged', () => copyloop.logged('keeps its last servers'), 20_000)
      for (let visits = 0; visits < 4; visits++) await visit(copyloop.address('web'))
      const { app } = (await copyloop.stats()).upstreams
      expect(Object.keys(app?.servers ?? {})).toEqual([one, two])
      expect(app?.discovery).toMatchObject({
        state: 'failing',
        servers: 2,
        lastError: 'new.test: there is no such name (ENOTFOUND)',
      })
    })

    dns.changeHosts('127.0.0.1 newer.test\n')
    const newer = `newer.test:${port}@127.0.0.1`
    await inEach(async (copyloop) => {
      await untilApp(copyloop, 'the new records', ({ servers }) => newer in servers && servers[newer]?.state !== 'down')
      for (let visits = 0; visits < 4; visits++) await visit(copyloop.address('web'))
      await until('it is logged', () => copyloop.logged('uses the SRV records _db._tcp.test again'))
      const lines = copyloop.log.filter(({ name, upstream }) => name === '_db._tcp.test' && upstream === 'app')
      expect(lines.map(({ level }) => level)).toEqual([40, 30])
    })
  },
  40_000,
)
