import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'vitest'
import type { Address } from '../../../src/config/fields/address.ts'
import { otherSide } from '../../../src/engine/direction.ts'
import { activeResources, countDescriptors, countSockets, resourcesMoreThan } from '../../support/descriptors.ts'
import { Random } from '../../support/random.ts'
import type { RelayHarness } from '../../support/relay-harness.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { SIDES } from './expectations.ts'

/** A pool of pipes may stay, if it is bounded. */
const POOLED_DESCRIPTORS = 64

/** Promise 7: the end releases everything, however it ends. */
export const leaks: Theme = ({ it }) => {
  it('keeps no descriptor and no resource of 5,000 connections that end at random', async (harness) => {
    const random = new Random(15)
    // Dials without a client go to a server of their own: the harness pairs what its own accepts with what it dials.
    const lone = createServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1')
    await once(lone, 'listening')
    const { port } = lone.address() as AddressInfo
    const world: World = { harness, random, lone: { kind: 'tcp', host: '127.0.0.1', port } }
    const sockets = countSockets()
    await liveAndDie(world, 200) // whatever is made once is made now
    await until('a quiet start', () => countSockets() === sockets)
    const resources = activeResources()
    const descriptors = countDescriptors()
    await liveAndDie(world, 5_000)
    await until('every socket closed', () => countSockets() === sockets)
    expect(countDescriptors()).toBeLessThanOrEqual(descriptors + POOLED_DESCRIPTORS)
    const left = (): string => resourcesMoreThan(resources)
    await until(
      () => `no resource left over, but there are ${left()}`,
      () => left() === '',
    )
    lone.close()
  }, 60_000)
}

/** Opens `count` connections, 50 at a time. */
const liveAndDie = async (world: World, count: number): Promise<void> => {
  let left = count
  const lives = Array.from({ length: 50 }, async () => {
    while (left-- > 0) await within('the end of a connection', world.random.pick(LIVES)(world))
  })
  await Promise.all(lives)
}

interface World {
  readonly harness: RelayHarness
  readonly random: Random
  readonly lone: Address
}

type Life = (world: World) => Promise<unknown>

const LIVES: readonly Life[] = [
  async ({ harness, random }) => {
    const { client, upstream, ended } = await harness.connect()
    client.fin(random.size(100_000))
    upstream.fin(random.size(100_000))
    await ended
  },
  async ({ harness, random }) => {
    const connection = await harness.connect()
    const side = random.pick(SIDES)
    connection[side].fin(random.size(1_000_000))
    await connection[otherSide(side)].receivedAll
    connection[otherSide(side)].fin(random.size(1_000))
    await connection.ended
  },
  async ({ harness, random }) => {
    const connection = await harness.connect()
    connection.client.send(random.size(1_000_000))
    connection.upstream.send(random.size(1_000_000))
    connection[random.pick(SIDES)].reset()
    await connection.ended
  },
  async ({ harness, random }) => {
    const { client, upstream, ended } = await harness.connect()
    client.send(random.size(10_000))
    client.reset()
    upstream.reset()
    await ended
  },
  async ({ harness, random }) => {
    const { client, upstream, relay, ended } = await harness.connect()
    client.send(random.size(1_000_000))
    upstream.send(random.size(1_000_000))
    relay.stop()
    await ended
  },
  async ({ harness, random }) => {
    const { client, upstream, ended } = await harness.connect(undefined, async ({ client, upstream }) => {
      client.endpoint.send(random.size(100_000))
      const { bytes } = await client.peer.peek().view
      client.peer.consume(random.size(bytes.length))
      upstream.peer.writeFirst(bytes)
    })
    client.fin()
    if (random.pick([true, false])) upstream.fin()
    else upstream.reset()
    await ended
  },
  async ({ harness, random, lone }) => {
    const peer = await harness.engine.dial(lone).peer
    const { view } = peer.peek()
    const loose = random.pick([true, false]) ? peer.detach() : undefined
    if (loose) closeSync(loose.descriptor)
    peer.reset()
    await view.catch(() => {})
  },
  async ({ harness, lone }) => {
    const { peer } = harness.engine.dial(lone)
    const server = await peer
    server.reset()
  },
  async ({ harness, lone }) => {
    const dialling = harness.engine.dial(lone)
    dialling.cancel(new Error('enough'))
    await dialling.peer.catch(() => {})
  },
  async ({ harness }) => {
    const refusing: Address = { kind: 'unix', path: '/nonexistent/copyloop.sock' }
    await harness.engine.dial(refusing).peer.catch(() => {})
  },
]
