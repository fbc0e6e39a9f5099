/** Which server a client reaches: over four workers together, as the config says, and as it changes. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { CountingServer } from './support/counting-server.ts'
import { closeAll, echo, open, openFrom } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { type Copyloop, endAll, run } from './support/proxy.ts'

const servers: CountingServer[] = []
const clients: Socket[] = []

afterEach(async () => {
  await endAll()
  for (const client of clients.splice(0)) client.destroy()
  await closeAll()
  for (const server of servers.splice(0)) await server.close()
})

const WORKERS = 4

const openServers = async (count: number): Promise<CountingServer[]> => {
  const opened = await Promise.all(Array.from({ length: count }, () => CountingServer.open()))
  servers.push(...opened)
  return opened
}

const config = (engine: string, upstream: object) => ({
  workers: WORKERS,
  engine,
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
  upstreams: [{ name: 'app', ...upstream }],
  log: { access: false },
})

/** Clients that come one after the other and stay, each served before the next comes. */
const openInTurn = async (copyloop: Copyloop, count: number): Promise<void> => {
  const address = copyloop.address('web')
  for (let opened = 0; opened < count; opened++) {
    const client = open(address)
    clients.push(client)
    await echo(client, 'hello')
  }
}

const accepted = (all: readonly CountingServer[]): number[] => all.map((server) => server.accepted)

/** The server that a client of this address reaches, by its index. */
const reachedFrom = async (copyloop: Copyloop, localAddress: string): Promise<number> => {
  const before = accepted(servers)
  const client = openFrom(localAddress, copyloop.address('web'))
  await echo(client, 'hello')
  client.destroy()
  return accepted(servers).findIndex((count, index) => count > (before[index] ?? 0))
}

describe.each(['kernel', 'streams'])('over 4 workers, engine %s,', (engine) => {
  test('turns are taken by weight, and a server of weight 0 gets none', async () => {
    const [one, three, none] = await openServers(3)
    const upstream = {
      servers: [
        { address: one?.address, weight: 1 },
        { address: three?.address, weight: 3 },
        { address: none?.address, weight: 0 },
      ],
    }
    const copyloop = await run(config(engine, upstream))
    await openInTurn(copyloop, 80)
    const [ones = 0, threes = 0, nones] = accepted(servers)
    expect(nones).toBe(0)
    // Each worker takes its own turns, so each may be in the midst of a round.
    expect(Math.abs(ones - 20), `${ones} and ${threes}`).toBeLessThanOrEqual(WORKERS)
  }, 60_000)

  test.each([
    ['leastConnections', 1],
    // The better of two of three: the fullest is never chosen.
    ['random2', 2],
  ])(
    '%s fills the servers evenly, whichever workers the clients come to',
    async (balance, tolerated) => {
      const all = await openServers(3)
      const copyloop = await run(config(engine, { balance, servers: all.map(({ address }) => address) }))
      await openInTurn(copyloop, 60)
      for (const { living } of all)
        expect(Math.abs(living.size - 20), `${accepted(all)}`).toBeLessThanOrEqual(tolerated)
      // One gives up what it has: the next clients all go there, until it is as full as the others.
      const [empty] = all
      for (const socket of [...(empty?.living ?? [])]) empty?.end(socket, 'rst')
      await copyloop.untilStats('they are gone', ({ totals }) => totals.connectionsActive <= 42)
      await openInTurn(copyloop, 15)
      if (balance === 'leastConnections') expect(empty?.living.size).toBe(15)
      else expect(empty?.living.size).toBeGreaterThan(5)
    },
    60_000,
  )

  test('sourceHash leads a client to the same server from every worker and every copyloop, in whatever order they are', async () => {
    const all = await openServers(5)
    const addresses = all.map(({ address }) => address)
    const copyloop = await run(config(engine, { balance: 'sourceHash', servers: addresses }))
    const other = await run(config(engine, { balance: 'sourceHash', servers: addresses.toReversed() }))
    const reached = new Set<number>()
    for (let last = 1; last <= 15; last++) {
      const client = `127.0.0.${last}`
      const first = await reachedFrom(copyloop, client)
      reached.add(first)
      for (let again = 0; again < 4; again++) expect(await reachedFrom(copyloop, client)).toBe(first)
      expect(await reachedFrom(other, client)).toBe(first)
    }
    expect(reached.size).toBeGreaterThan(2)
  }, 60_000)

  test('a backup gets clients while no other server is in rotation, and the balance may change while it runs', async () => {
    const all = await openServers(2)
    const [primary, backup] = all
    const upstream = { servers: [primary?.address, { address: backup?.address, backup: true }] }
    const copyloop = await runEditable(config(engine, upstream))
    await openInTurn(copyloop, 5)
    expect(accepted(all)).toEqual([5, 0])
    const set = async (state: string): Promise<void> => {
      const port = Number(primary?.address.split(':')[1])
      const server = { address: { kind: 'tcp', host: '127.0.0.1', port }, weight: 1, state }
      await copyloop.edit('setServer', { upstream: 'app', name: primary?.address, server })
      await copyloop.untilServed()
    }
    await set('down')
    await openInTurn(copyloop, 5)
    expect(accepted(all)).toEqual([5, 5])
    expect(primary?.living.size, 'living connections go on').toBe(5)
    await copyloop.edit('changeUpstream', { name: 'app', changes: { balance: 'leastConnections' } })
    await set('up')
    await openInTurn(copyloop, 5)
    expect(accepted(all)).toEqual([10, 5])
  }, 60_000)

  test('a server that comes up gets a small share at first, and all of it after its slow start', async () => {
    const all = await openServers(2)
    const [one, other] = all
    const copyloop = await runEditable(config(engine, { slowStart: '4s', servers: all.map(({ address }) => address) }))
    const set = async (state: string): Promise<void> => {
      const port = Number(other?.address.split(':')[1])
      const server = { address: { kind: 'tcp', host: '127.0.0.1', port }, weight: 1, state }
      await copyloop.edit('setServer', { upstream: 'app', name: other?.address, server })
      await copyloop.untilServed()
    }
    await openInTurn(copyloop, 40)
    expect(Math.abs((one?.accepted ?? 0) - 20), 'none is slow at the start').toBeLessThanOrEqual(WORKERS)
    await set('down')
    const before = other?.accepted ?? 0
    await set('up')
    const began = performance.now()
    await openInTurn(copyloop, 40)
    const tookMs = performance.now() - began
    // Its share, on the average of this time, of 1 and that.
    const share = 0.1 + 0.9 * Math.min(1, (tookMs + 500) / 2 / 4_000)
    expect((other?.accepted ?? 0) - before).toBeLessThanOrEqual(40 * (share / (1 + share)) + WORKERS)
    await until('the slow start is over', () => performance.now() - began > 4_500)
    const [ones = 0, others = 0] = accepted(all)
    await openInTurn(copyloop, 40)
    const [onesAfter = 0, othersAfter = 0] = accepted(all)
    expect(Math.abs(onesAfter - ones - (othersAfter - others))).toBeLessThanOrEqual(2 * WORKERS)
  }, 60_000)
})
