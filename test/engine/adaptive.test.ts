/** The kernel engine moves small traffic through its one buffer and much through pipes: which of the two, and when. */
import { once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import type { KernelPeer } from '../../src/engine/kernel/socket/kernel-peer.ts'
import { setOption } from '../../src/system/libc.ts'
import { SOL_SOCKET } from '../../src/system/sockets/socket-options.ts'
import { countPipes } from '../support/descriptors.ts'
import { measureMemory } from '../support/memory.ts'
import { Random } from '../support/random.ts'
import { type Connection, RelayHarness } from '../support/relay-harness.ts'
import { roundTrips } from '../support/round-trips.ts'
import { until, within } from '../support/until.ts'
import { expectCompleted } from './contract/expectations.ts'

const MIB = 2 ** 20
/** As src/engine/kernel/flow/pipes.ts bounds its pool. */
const MOST_PIPES = 256
const MOST_IDLE_PIPES = 32

const calls = vi.hoisted(() => ({ splice: 0 }))
vi.mock('../../src/system/libc.ts', async (original) => {
  const libc = await original<typeof import('../../src/system/libc.ts')>()
  const splice: typeof libc.splice = (...values) => {
    calls.splice += 1
    return libc.splice(...values)
  }
  return { ...libc, splice }
})

/** An engine with a pool of its own, and how many pipes were opened and how many splices made since. */
interface Fresh {
  readonly harness: RelayHarness
  pipes(): number
  splices(): number
}

const adaptive = (sentence: string, body: (fresh: Fresh) => Promise<void>, withinMs = 30_000): void => {
  test(sentence, { timeout: withinMs }, async () => {
    const engine = openKernelEngine()
    // After the engine's probe, which splices once.
    const [pipesBefore, splicesBefore] = [countPipes(), calls.splice]
    const harness = await RelayHarness.open(engine)
    try {
      await body({
        harness,
        pipes: () => countPipes() - pipesBefore,
        splices: () => calls.splice - splicesBefore,
      })
    } finally {
      await harness.close()
    }
  })
}

const connections = (harness: RelayHarness, count: number): Promise<Connection[]> =>
  Promise.all(Array.from({ length: count }, () => harness.connect()))

/** Bulk from the client to its end: everything that was sent has arrived, and was right. */
const bulk = async ({ client, upstream }: Connection, size: number): Promise<void> => {
  await client.sendAll(size, new Random(1))
  await until('all of the bulk', () => upstream.received === client.sent)
  expect(upstream.wrongAt).toBeUndefined()
  // The last bytes may arrive before the engine's turn is over.
  await new Promise((resolve) => setImmediate(resolve))
}

/** As much bulk as it takes: it is none to the engine before the kernel's receive window has grown, in its own time. */
const bulkThroughPipe = async ({ splices }: Fresh, connection: Connection, size: number): Promise<void> => {
  const [before, deadline] = [splices(), performance.now() + 20_000]
  while (splices() === before && performance.now() < deadline) await bulk(connection, size)
  expect(splices()).toBeGreaterThan(before)
}

const complete = async (connection: Connection): Promise<void> => {
  connection.client.fin()
  connection.upstream.fin()
  await expectCompleted(connection)
}

describe.runIf(process.platform === 'linux')('the kernel engine', () => {
  adaptive('answers 10,000 requests on 50 connections without a pipe and without a splice', async (fresh) => {
    const open = await connections(fresh.harness, 50)
    // Each as large as a page of HTML; below the buffer's 64 KiB.
    await Promise.all(open.map((connection, index) => roundTrips(connection, 200, 500 + index * 1000, 20_000)))
    expect(fresh.pipes()).toBe(0)
    expect(fresh.splices()).toBe(0)
    await Promise.all(open.map(complete))
  })

  adaptive('holds no buffer and no pipe for 500 idle connections that were used', async (fresh) => {
    const before = measureMemory()
    const open = await connections(fresh.harness, 500)
    for (const connection of open) await roundTrips(connection, 1, 10_000)
    const held = measureMemory()
    // A buffer of 64 KiB for each would be 31 MiB. The test's own sockets take about 8 KiB.
    expect(held.bufferBytes - before.bufferBytes).toBeLessThan(500 * 16 * 1024)
    expect(fresh.pipes()).toBe(0)
    await Promise.all(open.map(complete))
  })

  adaptive('moves bulk through a pipe, one for each direction that has some', async (fresh) => {
    const connection = await fresh.harness.connect()
    await bulk(connection, 64 * MIB)
    expect(fresh.pipes()).toBe(1)
    const splices = fresh.splices()
    expect(splices).toBeGreaterThan(0)
    await Promise.all([
      connection.client.sendAll(64 * MIB, new Random(2)),
      connection.upstream.sendAll(64 * MIB, new Random(3)),
    ])
    await complete(connection)
    expect(fresh.pipes()).toBe(2)
    expect(fresh.splices()).toBeGreaterThan(splices)
  })

  adaptive('gives a pipe back when the bulk pauses: 20 connections in turns need one', async (fresh) => {
    const open = await connections(fresh.harness, 20)
    for (const connection of [...open, ...open]) {
      await bulkThroughPipe(fresh, connection, 4 * MIB)
      expect(fresh.pipes()).toBe(1)
    }
    await Promise.all(open.map(complete))
    expect(fresh.pipes()).toBe(1)
  })

  adaptive('after bulk sends small messages through the buffer again, quick and exact', async (fresh) => {
    const connection = await fresh.harness.connect()
    for (let turns = 0; turns < 3; turns++) {
      const beforeBulk = fresh.splices()
      await bulk(connection, 32 * MIB)
      const afterBulk = fresh.splices()
      expect(afterBulk - beforeBulk).toBeGreaterThan(10)
      // With Nagle's algorithm against a delayed ACK each would take 40 ms.
      await roundTrips(connection, 1_000, 100)
      // The first one goes into a pipe, out of it, and finds nothing more: then it is known not to be bulk.
      expect(fresh.splices() - afterBulk).toBeLessThanOrEqual(3)
    }
    await complete(connection)
  })

  for (const early of [5, 100_000, MIB]) {
    adaptive(`delivers ${early} bytes that came before the dial first, and what follows behind them`, async (fresh) => {
      const { harness } = fresh
      const { endpoint: client, peer } = await harness.accept()
      client.send(early)
      // As much as the kernel takes while nobody reads.
      await until('bytes on their way', () => client.socket.bytesWritten > 0)
      const { endpoint: upstream, peer: server } = await harness.dial()
      const connection = { client, upstream, ...harness.join(peer, server) }
      await until('the first bytes', () => upstream.received > 0)
      await bulkThroughPipe(fresh, connection, 16 * MIB)
      expect(fresh.pipes()).toBe(1)
      await complete(connection)
    })
  }

  adaptive('delivers bytes and FIN that came before the dial, and bulk in return', async (fresh) => {
    const { endpoint: client, peer } = await fresh.harness.accept()
    client.fin(5)
    await within('FIN', once(client.socket, 'finish'))
    const { endpoint: upstream, peer: server } = await fresh.harness.dial()
    const connection = { client, upstream, ...fresh.harness.join(peer, server) }
    expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
    while (fresh.splices() === 0 && upstream.sent < 1024 * MIB) await upstream.sendAll(16 * MIB, new Random(4))
    upstream.fin()
    await expectCompleted(connection)
    expect(fresh.pipes()).toBe(1)
  })

  adaptive('opens no more pipes than its pool may have, and keeps a few when they are not needed', async (fresh) => {
    const held: Connection[] = []
    while (held.length < MOST_PIPES + 44) held.push(await stalled(fresh.harness))
    await until('every receiver holds its sender up', () => held.every(({ relay }) => relay.toUpstream.heldSinceMs > 0))
    const most = fresh.pipes()
    expect(most).toBeLessThanOrEqual(MOST_PIPES)
    // A user without privileges gets about 64 of them (fs.pipe-user-pages-soft), or what others leave of that.
    expect(most).toBeGreaterThan(process.getuid?.() === 0 ? MOST_IDLE_PIPES : 0)
    for (const { upstream } of held) upstream.resume()
    for (const connection of held) await complete(connection)
    expect(fresh.pipes()).toBeLessThanOrEqual(MOST_IDLE_PIPES)
  })
})

/** A connection with more on its way than the kernel's socket buffers take, to a reader that does not read. */
const stalled = async (harness: RelayHarness): Promise<Connection> => {
  const { endpoint: client, peer } = await harness.accept()
  const { endpoint: upstream, peer: server } = await harness.dial()
  boundSendBuffer(server as KernelPeer)
  upstream.pause()
  client.send(MIB)
  return { client, upstream, ...harness.join(peer, server) }
}

const SO_SNDBUF = 7
/** Else it grows to 4 MiB (tcp_wmem), which 300 connections should not take of a machine. */
const boundSendBuffer = ({ fd }: KernelPeer): void => {
  setOption(fd, SOL_SOCKET, SO_SNDBUF, 256 * 1024)
}
