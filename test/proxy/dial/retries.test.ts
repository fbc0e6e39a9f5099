/** What becomes of a client whose server fails: which others are tried, for how long, and what the log says of it. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import { refusingAddress } from '../../support/addresses.ts'
import { ENGINES } from '../../support/engines.ts'
import { openFullBacklog } from '../../support/full-backlog.ts'
import { until, within } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

const open: { servers: Server[]; sockets: Socket[] } = { servers: [], sockets: [] }

afterEach(() => {
  for (const socket of open.sockets.splice(0)) socket.destroy()
  for (const server of open.servers.splice(0)) server.close()
})

/** A server that sends back what it gets. */
const echoing = async (): Promise<string> => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.sockets.push(socket.on('error', () => {}))
    socket.pipe(socket)
  })
  open.servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const refusing = (count: number): string[] => Array.from({ length: count }, refusingAddress)

describe.each(ENGINES)('a client whose server fails, engine $name,', ({ open: openEngine }) => {
  const engine = openEngine()

  test.each([0, 1, 3])('gets at most %i others, none of them twice', async (retries) => {
    const servers = refusing(6)
    const upstream = () => ({ servers, retries })
    await withWorker(engine, { upstream }, async (harness) => {
      await expectCut(harness.client())
      const { attempts, tried } = await harness.line('dialRefused')
      const names = (tried as { server: string }[]).map(({ server }) => server)
      expect(attempts).toBe(retries + 1)
      expect(new Set(names).size).toBe(retries + 1)
      expect(servers).toEqual(expect.arrayContaining(names))
    })
  })

  test('tries no server twice although more retries are left', async () => {
    const servers = refusing(2)
    await withWorker(engine, { upstream: () => ({ servers, retries: 10 }) }, async (harness) => {
      await expectCut(harness.client())
      expect(await harness.line('dialRefused')).toMatchObject({ attempts: 2 })
    })
  })

  test('reaches the last one with all that it has said, and the log names each that failed', async () => {
    const [dead, stalled, good] = [refusingAddress(), await openFullBacklog(), await echoing()]
    const servers = [dead, formatAddress(stalled.address), good]
    const options = { upstream: () => ({ servers }), timeouts: { connect: '200ms' } }
    await withWorker(engine, options, async (harness) => {
      for (let round = 0; round < 3; round++) {
        const client = harness.client()
        client.socket.end('hello')
        expect(await within('the FIN', client.receivedAll)).toBe('FIN')
        expect(client.received).toBe(5)
      }
      await until('three lines', () => harness.lines().length === 3)
      const longest = harness.lines().find(({ attempts }) => attempts === 3)
      expect(longest).toMatchObject({ outcome: 'completed', server: good, bytesToClient: 5 })
      expect(longest?.tried).toEqual([
        { server: dead, error: 'ECONNREFUSED', ms: expect.toSatisfy((ms: number) => ms < 200) },
        { server: servers[1], error: 'ETIMEDOUT', ms: expect.toSatisfy((ms: number) => ms >= 200 && ms < 1_000) },
      ])
      // The one that began with the good server has no such field.
      expect(harness.lines().some((line) => line.attempts === 1 && !('tried' in line))).toBe(true)
      expect(harness.server(dead)).toMatchObject({ dialFailures: 1, connectionsTotal: 0 })
    })
    await stalled.close()
  })

  test('waits for all of them no longer than `connect` times as many as it may try', async () => {
    const stalled = [await openFullBacklog(), await openFullBacklog(), await openFullBacklog()]
    const servers = stalled.map(({ address }) => formatAddress(address))
    const options = { upstream: () => ({ servers, retries: 1 }), timeouts: { connect: '300ms' } }
    await withWorker(engine, options, async (harness) => {
      await expectCut(harness.client())
      const { durationMs, attempts } = await harness.line('dialTimeout')
      expect(attempts).toBe(2)
      expect(durationMs).toBeGreaterThanOrEqual(600)
      expect(durationMs).toBeLessThan(900)
    })
    for (const { close } of stalled) await close()
  })

  test('goes to a backup when it has tried all others', async () => {
    const [dead, good] = [refusingAddress(), await echoing()]
    const servers = [{ address: good, backup: true }, dead]
    await withWorker(engine, { upstream: () => ({ servers }) }, async (harness) => {
      const client = harness.client()
      client.socket.end('hello')
      expect(await within('the FIN', client.receivedAll)).toBe('FIN')
      expect(await harness.line('completed')).toMatchObject({ server: good, attempts: 2 })
    })
  })

  test('gives back the places of servers that failed', async () => {
    const [dead, good] = [refusingAddress(), await echoing()]
    const servers = [
      { address: dead, maxConnections: 1 },
      { address: good, maxConnections: 2 },
    ]
    await withWorker(engine, { upstream: () => ({ servers, balance: 'leastConnections' }) }, async (harness) => {
      for (let round = 1; round <= 8; round++) {
        const client = harness.client()
        client.socket.end('hello')
        expect(await within('the FIN', client.receivedAll)).toBe('FIN')
        await until('its line', () => harness.lines().length === round)
      }
      expect(harness.lines().map(({ outcome }) => outcome)).toEqual(Array(8).fill('completed'))
      expect(harness.server(dead).dialFailures).toBeGreaterThan(1)
    })
  })
})
