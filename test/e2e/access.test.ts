/** Access lists: decided before the dial, for clients of every kind, and changed under load. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { cpuMsOf } from '../support/limits.ts'
import { until } from '../support/until.ts'
import { closeCountingServers, openCountingServer } from './support/counting-server.ts'
import { closeAll, echo, echoServer, fate, open, openFrom, visit } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeCountingServers()
})

const outcomesOf = (copyloop: Copyloop) =>
  copyloop.log.flatMap(({ msg, outcome, client, phase }) =>
    msg === 'connection' ? [{ outcome, phase, client: String(client).replace(/:\d+$/, '') }] : [],
  )

describe.each(['kernel', 'streams'])('access lists, engine %s,', (engine) => {
  test('decide about IPv4 clients of IPv4 and IPv6 sockets alike; a denied one reaches no server', async () => {
    const server = await openCountingServer()
    const { upstreams, listeners } = relayTo(server.address)
    const directory = newDirectory()
    writeFileSync(join(directory, 'deny.txt'), '127.0.0.3 # the third\r\n127.0.0.64/26\r\n')
    const lists = { allow: ['127.0.0.0/8'], deny: ['127.0.0.2'], denyFile: 'deny.txt' }
    const listen = ['127.0.0.1:0', ':0']
    const config = { engine, workers: 2, upstreams, listeners: [{ ...listeners[0], listen, ...lists }] }
    const copyloop = await new Copyloop(['run', '-c', writeConfig(config, directory)]).serving()
    for (const address of copyloop.addresses('web')) {
      expect(await fate(openFrom('127.0.0.1', address))).toBe('served')
      expect(await fate(openFrom('127.0.0.2', address))).toBe('ECONNRESET')
      expect(await fate(openFrom('127.0.0.3', address))).toBe('ECONNRESET')
      expect(await fate(openFrom('127.0.0.100', address))).toBe('ECONNRESET')
      expect(await fate(openFrom('127.0.0.128', address))).toBe('served')
    }
    const port = copyloop.addresses('web')[1]?.split(':').at(-1)
    expect(await fate(open(`[::1]:${port}`))).toBe('ECONNRESET')
    expect(server.accepted).toBe(4)
    await until('the lines', () => outcomesOf(copyloop).length === 7)
    expect(outcomesOf(copyloop)).toContainEqual({ outcome: 'denied', phase: 'admit', client: '127.0.0.2' })
    expect(outcomesOf(copyloop)).toContainEqual({ outcome: 'denied', phase: 'admit', client: '[::1]' })
    expect((await copyloop.stats()).totals.outcomes).toEqual({ denied: 7 })
  })

  test('that allow networks admit no client of a unix socket; those that only deny do', async () => {
    const { upstreams } = relayTo(await echoServer())
    const path = (name: string) => `unix:${join(newDirectory(), name)}`
    const [allowing, denying] = [path('allow'), path('deny')]
    const listeners = [
      { name: 'allowing', listen: allowing, upstream: 'app', allow: ['0.0.0.0/0', '::/0'] },
      { name: 'denying', listen: denying, upstream: 'app', deny: ['0.0.0.0/0', '::/0'] },
    ]
    await run({ engine, upstreams, listeners })
    await expect(visit(allowing)).rejects.toThrow('closed after 0')
    await visit(denying)
  })

  test('change under load: a new list decides about new connections, and cuts none that lives', async () => {
    const server = await openCountingServer()
    const copyloop = await runEditable({ ...relayTo(server.address), engine, workers: 2, log: { access: false } })
    const address = copyloop.address('web')
    const living = openFrom('127.0.0.2', address)
    expect(await fate(living)).toBe('served')
    let stopped = false
    const load = (async () => {
      while (!stopped) await visit(address)
    })()
    load.catch(() => {})
    const many = Array.from({ length: 20_000 }, (_, index) => `10.${index >> 8}.${index & 255}.7`)
    for (let round = 0; round < 5; round++) {
      await copyloop.edit('setAccess', { name: 'web', deny: ['127.0.0.2', ...many] })
      await copyloop.untilServed()
      for (let client = 0; client < 10; client++) expect(await fate(openFrom('127.0.0.2', address))).toBe('ECONNRESET')
      await echo(living, 'still here')
      await copyloop.edit('setAccess', { name: 'web', allow: ['127.0.0.0/30'] })
      await copyloop.untilServed()
      for (let client = 0; client < 10; client++) expect(await fate(openFrom('127.0.0.2', address))).toBe('served')
      expect(await fate(openFrom('127.0.0.4', address))).toBe('ECONNRESET')
    }
    stopped = true
    await load
  })

  test('make a denied connection cost less CPU than one that is served', async () => {
    const server = await openCountingServer()
    const { listeners, upstreams } = relayTo(server.address)
    const copyloop = await run({
      engine,
      upstreams,
      listeners: [{ ...listeners[0], deny: ['127.0.0.2'] }],
    })
    const [worker] = (await copyloop.stats()).workers
    const cost = async (localAddress: string): Promise<number> => {
      const begun = cpuMsOf(worker?.pid ?? 0)
      for (let batch = 0; batch < 8; batch++) {
        const clients = Array.from({ length: 25 }, () => openFrom(localAddress, copyloop.address('web')))
        await Promise.all(
          clients.map(async (client) => {
            if ((await fate(client)) !== 'served') return
            client.resetAndDestroy()
          }),
        )
      }
      return cpuMsOf(worker?.pid ?? 0) - begun
    }
    await cost('127.0.0.1')
    await cost('127.0.0.2')
    let [denied, served] = [0, 0]
    // In turns: the clock of a process ticks every 10 ms, and others run beside it.
    for (let turns = 0; turns < 5; turns++) {
      denied += await cost('127.0.0.2')
      served += await cost('127.0.0.1')
    }
    expect(denied).toBeLessThan(served)
  }, 60_000)
})
