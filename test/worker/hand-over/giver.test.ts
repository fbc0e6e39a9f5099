import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { GivenRelay } from '../../../src/engine/hand-over/given-relay.ts'
import { Living } from '../../../src/proxy/living.ts'
import type { LivingConnection } from '../../../src/proxy/record.ts'
import { pipe } from '../../../src/system/libc.ts'
import { ChannelListener } from '../../../src/system/sockets/channel-listener.ts'
import type { DescriptorChannel } from '../../../src/system/sockets/descriptor-channel.ts'
import { Giver } from '../../../src/worker/hand-over/giver.ts'
import { encode, type ToGiver } from '../../../src/worker/hand-over/protocol.ts'
import { livingConnection } from '../../support/living-connection.ts'

let address: string
let listener: ChannelListener
let lines: string[]
let living: Living<LivingConnection>
/** What became of each connection. */
let fates: string[]

beforeEach(() => {
  address = `@copyloop-test-${randomBytes(8).toString('hex')}`
  lines = []
  fates = []
  living = new Living()
})

afterEach(() => listener?.close())

/** A taker that does what a test wants. */
const taker = (onChannel: (channel: DescriptorChannel) => void): void => {
  listener = ChannelListener.listen(address)
  listener.onChannel(onChannel)
}

const answer = (channel: DescriptorChannel, ...messages: ToGiver[]): void => {
  for (const message of messages) channel.send(encode(message))
}

const WELCOME: ToGiver[] = [
  { kind: 'knows', listeners: ['web'], servers: [{ upstream: 'app', server: 'one' }] },
  { kind: 'welcome', version: 1, worker: 2 },
]

const flow = { bytes: 0, firstByteMs: 0, lastByteMs: 1, heldSinceMs: 0, endedMs: 0 }
const givenFlow = { ...flow, acknowledged: 0, isOver: false, waiting: undefined }

/** A connection whose sockets are the ends of a pipe: they are only sent on. */
const add = (record: object = {}): void => {
  const ends = pipe()
  if (typeof ends === 'number') throw new Error('no pipe')
  const peer = (descriptor: number) => ({ descriptor, key: 'unix:', error: undefined })
  const given: GivenRelay = {
    client: peer(ends[0]),
    upstream: peer(ends[1]),
    toUpstream: givenFlow,
    toClient: givenFlow,
    firstFin: undefined,
    resetBy: undefined,
  }
  const connection: LivingConnection = livingConnection({
    record: {
      listener: 'web',
      upstream: 'app',
      server: { name: 'one' },
      relay: {},
      acceptedMs: 1,
      dialledMs: 1,
      attempts: 1,
      ...record,
    } as LivingConnection['record'],
    give: () => given,
    handedOver: () => {
      fates.push('handedOver')
      living.remove(connection)
    },
    goOn: () => void fates.push('goOn'),
    lost: (error) => {
      fates.push(error.message)
      living.remove(connection)
    },
  })
  living.add(connection)
}

const open = () =>
  Giver.open(address, {
    workerId: 1,
    logger: pino({}, { write: (line: string) => lines.push(JSON.parse(line).msg) }),
    handOver: { adopt: () => expect.fail(), resetIfKilled: () => {} },
    living,
    idOf: () => 'm-1-1',
  })

test('a taker of another version gets nothing, and the log says why', async () => {
  taker((channel) =>
    answer(channel, { kind: 'refused', reason: 'the giver speaks version 1, and the taker version 2' }),
  )
  add()
  expect(await open()).toBeUndefined()
  expect([fates, living.size]).toEqual([[], 1])
  expect(lines).toEqual([
    'connections cannot be handed over, and stay until they end: the giver speaks version 1, and the taker version 2',
  ])
})

test('where nobody takes connections they stay', async () => {
  listener = ChannelListener.listen(`${address}-elsewhere`)
  add()
  expect(await open()).toBeUndefined()
  expect([fates, living.size]).toEqual([[], 1])
})

test('what the taker does not know, and what has no server yet, stays', async () => {
  taker((channel) => answer(channel, ...WELCOME))
  add({ listener: 'other' })
  add({ server: { name: 'two' } })
  add({ relay: undefined })
  add({ inspected: { inspectors: [] } })
  const giver = await open()
  await giver?.giveAll()
  giver?.close()
  expect(fates).toEqual([])
  expect(lines[0]).toMatch(/^0 connections handed over to worker 2 \(process \d+\); 4 stay until they end: /)
  expect(lines[0]).toContain('2 of a listener or a server that the other worker does not have')
  expect(lines[0]).toContain('1 not connected to a server yet')
})

test('what was on its way when the taker ended is lost, and what was not sent stays', async () => {
  taker((channel) => {
    answer(channel, ...WELCOME)
    let heard = 0
    channel.onReadable(() => {
      for (let message = channel.receive(); message !== undefined; message = channel.receive()) {
        if (message === 'ended') return channel.close()
        heard += 1
      }
      // The hello, and one connection that it answers.
      if (heard < 3) return
      answer(channel, { kind: 'taken', count: 1 })
      channel.close()
    })
  })
  for (let count = 0; count < 100; count++) add()
  const giver = await open()
  await giver?.giveAll()
  expect(giver?.handedOver).toBe(1)
  const lost = fates.filter((fate) => fate === 'it was being handed over, and the taker has ended').length
  expect(fates.filter((fate) => fate === 'handedOver')).toHaveLength(1)
  // At most 32 are on their way.
  expect(lost).toBeGreaterThan(0)
  expect(lost).toBeLessThanOrEqual(32)
  expect(living.size).toBe(99 - lost)
  expect(lines.some((line) => line.startsWith(`${lost} connections are reset: `))).toBe(true)
})
