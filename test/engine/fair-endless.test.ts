/**
 * No sender and no receiver is as fast as the kernel engine, so none shows what it does when a connection is never done.
 * Here some sockets are: what the engine asks of their descriptors, each call grants in full. All others are real.
 */
import { describe, expect, test, vi } from 'vitest'
import type { Relay } from '../../src/engine/engine.ts'
import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import type { KernelPeer } from '../../src/engine/kernel/socket/kernel-peer.ts'
import { RelayHarness } from '../support/relay-harness.ts'
import { roundTrips } from '../support/round-trips.ts'
import { expectCompleted } from './contract/expectations.ts'

const GIB = 2 ** 30
/** What all of the streams have to move: seconds of work. It ends, for otherwise an engine that is not fair would not. */
const ALL = 256 * GIB
/** So much may be moved for each round trip of another connection. Each trip takes a few turns of the loop. */
const MOST_A_TRIP = 4 * GIB

const endless = vi.hoisted(() => ({
  senders: new Set<number>(),
  receivers: new Set<number>(),
  left: 0,
  take(length: number): number {
    const EAGAIN = -11
    const taken = Math.min(length, endless.left)
    endless.left -= taken
    return taken > 0 ? taken : EAGAIN
  },
}))

vi.mock('../../src/system/libc.ts', async (original) => {
  const libc = await original<typeof import('../../src/system/libc.ts')>()
  const { senders, receivers } = endless
  const mocked: Pick<typeof libc, 'recv' | 'send' | 'splice'> = {
    recv: (fd, block, length) => (senders.has(fd) ? endless.take(length) : libc.recv(fd, block, length)),
    send: (fd, block, offset, length) => (receivers.has(fd) ? length : libc.send(fd, block, offset, length)),
    splice: (from, to, length) => {
      if (senders.has(from)) return endless.take(length)
      return receivers.has(to) ? length : libc.splice(from, to, length)
    },
  }
  return { ...libc, ...mocked }
})

interface Endless {
  readonly relay: Relay
  /** From now on the client sends without end. */
  begin(): void
}

const connectEndless = async (harness: RelayHarness): Promise<Endless> => {
  const { endpoint: client, peer } = await harness.accept()
  const { peer: server } = await harness.dial()
  endless.senders.add((peer as KernelPeer).fd)
  endless.receivers.add((server as KernelPeer).fd)
  const { relay } = harness.join(peer, server)
  return { relay, begin: () => client.send(1) }
}

describe.runIf(process.platform === 'linux')('the kernel engine, with connections that are never done,', () => {
  for (const streams of [1, 4, 50]) {
    test(`goes on accepting and answering others: ${streams} of them`, { timeout: 120_000 }, async () => {
      const harness = await RelayHarness.open(openKernelEngine())
      try {
        const bulk: Endless[] = []
        while (bulk.length < streams) bulk.push(await connectEndless(harness))
        endless.left = ALL
        for (const { begin } of bulk) begin()
        const connection = await harness.connect()
        let trips = 0
        for (; endless.left > 0; trips++) await roundTrips(connection, 1, 100)
        const moved = bulk.map(({ relay }) => relay.toUpstream.bytes)
        expect(moved.reduce((sum, bytes) => sum + bytes)).toBe(ALL)
        expect(trips).toBeGreaterThan(ALL / MOST_A_TRIP)
        // They all had as much to do, and the same share of the time.
        expect(Math.min(...moved)).toBeGreaterThan((ALL / streams) * 0.8)
        connection.client.fin()
        connection.upstream.fin()
        await expectCompleted(connection)
      } finally {
        endless.senders.clear()
        endless.receivers.clear()
        await harness.close()
      }
    })
  }
})
