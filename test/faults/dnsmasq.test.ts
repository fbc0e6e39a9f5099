/** Names and SRV records of a real DNS server, which is killed, restarted, and cuts its answers short. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open, visit } from '../e2e/support/echo.ts'
import { type Copyloop, endAll, newDirectory, relayTo } from '../e2e/support/proxy.ts'
import { Dnsmasq, hasDnsmasq } from '../support/dnsmasq.ts'
import { ENGINES } from '../support/engines.ts'
import { canUnshare } from '../support/mounts.ts'
import { runWithResolver } from '../support/own-resolver.ts'
import { until } from '../support/until.ts'

const SERVER = '127.5.3.55'
const RESOLVER = { resolver: `nameserver ${SERVER}\n` }
const dns = new Dnsmasq(SERVER, newDirectory())
const canRun =
  hasDnsmasq &&
  canUnshare &&
  (await dns.start({}).then(
    () => dns.kill().then(() => true),
    () => false,
  ))
const title = canRun ? '' : ' (skipped: dnsmasq, port 53 or a mount namespace cannot be had here)'

afterEach(async () => {
  await endAll()
  await closeAll()
  await dns.kill()
})

afterAll(() => dns.kill())

/** Echo servers with one port on several addresses. */
const serversOn = async (first: string, ...others: string[]): Promise<string> => {
  const port = (await echoServer(`${first}:0`)).split(':').at(-1) ?? ''
  for (const address of others) await echoServer(`${address}:${port}`)
  return port
}

const untilApp = (copyloop: Copyloop, what: string, is: (app: App) => boolean) =>
  copyloop.untilStats(
    what,
    ({ upstreams, stateVersion, workers }) =>
      upstreams.app !== undefined &&
      is(upstreams.app) &&
      workers.every((worker) => worker.stateVersion === stateVersion),
    20_000,
  )

type App = NonNullable<Awaited<ReturnType<Copyloop['stats']>>['upstreams'][string]>

const weightsOf = ({ servers }: App) => Object.entries(servers).map(([name, { weight }]) => [name, weight])

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

test.skipIf(!canRun)(
  `SRV records give ports, weights and backups, and follow changes without a gap${title}`,
  async () => {
    const port = await serversOn('127.0.0.1', '127.0.0.2', '127.0.0.3')
    const hosts = '127.0.0.1 one.test\n127.0.0.2 two.test\n127.0.0.3 three.test\n'
    const record = (target: string, priority: number, weight: number) =>
      `_db._tcp.test,${target}.test,${port},${priority},${weight}`
    await dns.start({ hosts, services: [record('one', 5, 60_000), record('two', 5, 0), record('three', 10, 20)] })
    const config = {
      listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
      upstreams: [{ name: 'app', discover: { srv: '_db._tcp.test' } }],
    }
    const copyloop = await runWithResolver(config, RESOLVER)
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
    await until('it is logged', () => copyloop.logged('the last servers stay in use'))
  },
  60_000,
)
