import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect } from 'vitest'
import { otherSide, type Side } from '../../../src/engine/direction.ts'
import { type EarlyView, MOST_EARLY_BYTES, type Peer } from '../../../src/engine/peer.ts'
import { unsentBytes } from '../../../src/system/libc.ts'
import { Random } from '../../support/random.ts'
import { descriptorOf } from '../../support/raw-send.ts'
import type { Connection, Half, RelayHarness, Transport } from '../../support/relay-harness.ts'
import { never, until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectCompleted, expectReset, expectResetBy, flowFrom, SIDES } from './expectations.ts'
import { RecordingTap } from './recording-tap.ts'

const MIB = 2 ** 20

/** More than is read early, and few enough that the kernel has room for the rest. */
const MORE = 100_000

/** What waits at a peer before its relay begins, and how much of it is ours. */
const DEEDS = [
  { deed: 'peeked at', size: 1_000, consumed: 0 },
  { deed: 'of which some were consumed', size: 1_000, consumed: 400 },
  { deed: 'all of which were consumed', size: 1_000, consumed: 1_000 },
  { deed: 'of which more than 64 KiB wait', size: MORE, consumed: 0 },
  { deed: 'of which more than 64 KiB wait and some were consumed', size: MORE, consumed: 30_000 },
  { deed: 'of which more than 64 KiB wait and 64 KiB were consumed', size: MORE, consumed: MOST_EARLY_BYTES },
]

interface Scene {
  readonly sender: Half
  readonly receiver: Half
  readonly connection: () => Connection
}

/** Both halves of a connection that no relay has. */
const openHalves = async (harness: RelayHarness): Promise<Record<Side, Half>> => {
  const client = await harness.accept()
  return { client, upstream: await harness.dial() }
}

const peek = (peer: Peer, atLeast?: number): Promise<EarlyView> => within('the early bytes', peer.peek(atLeast).view)

/** Promise 1 and 6 for bytes that were read before the relay: none is lost or doubled, and those we consumed do not count. */
export const earlyBytes: Theme = ({ engine, transport, it }) => {
  for (const side of SIDES) {
    for (const inspected of [false, true]) {
      for (const { deed, size, consumed } of DEEDS) {
        for (const [ending, end] of endingsOn(transport)) {
          const how = inspected ? ', inspected' : ''
          it(`delivers bytes of the ${side}, ${deed}, ${ending}${how}`, async (harness) => {
            const halves = await openHalves(harness)
            const [sender, receiver] = [halves[side], halves[otherSide(side)]]
            const tap = inspected ? new RecordingTap() : undefined
            receiver.endpoint.expectFirst(Buffer.alloc(0), consumed)
            sender.endpoint.send(size)
            const view = await peek(sender.peer, Math.min(size, MOST_EARLY_BYTES))
            expect(view.bytes.length).toBe(Math.min(size, MOST_EARLY_BYTES))
            sender.peer.consume(consumed)
            const connection = (): Connection => ({
              client: halves.client.endpoint,
              upstream: halves.upstream.endpoint,
              ...harness.join(halves.client.peer, halves.upstream.peer, tap),
            })
            await end({ sender, receiver, connection }, side, consumed)
            if (tap) expect(tap.seen(side)).toBe(sender.endpoint.sent - consumed)
          })
        }
      }
    }

    it(`delivers early bytes of the ${side} past a tap that does not inspect them`, async (harness) => {
      const halves = await openHalves(harness)
      const [sender, receiver] = [halves[side], halves[otherSide(side)]]
      const tap = new RecordingTap(false)
      sender.endpoint.fin(1_000)
      await peek(sender.peer, 1_000)
      const joined = harness.join(halves.client.peer, halves.upstream.peer, tap)
      receiver.endpoint.fin(10)
      await expectCompleted({ client: halves.client.endpoint, upstream: halves.upstream.endpoint, ...joined })
      expect(tap.seen(side)).toBe(0)
    })

    it(`shows what the ${side} has sent, waits for more, and ends with its FIN`, async (harness) => {
      const { [side]: half } = await openHalves(harness)
      const { endpoint, peer } = half
      endpoint.send(10)
      const first = await peek(peer, 10)
      expect(first.state).toBe('open')
      expect(first.bytes.length).toBe(10)
      expect((await peek(peer, 5)).bytes).toEqual(first.bytes)

      const more = peer.peek()
      let shown = false
      more.view.then(
        () => (shown = true),
        () => {},
      )
      await never('a peek that shows nothing new', () => shown, 20)
      endpoint.send(1)
      const second = await within('one byte more', more.view)
      expect(second.bytes.length).toBe(11)
      expect(second.bytes.subarray(0, 10)).toEqual(first.bytes)

      peer.consume(4)
      expect((await peek(peer, 7)).bytes).toEqual(second.bytes.subarray(4))
      expect(() => peer.consume(8)).toThrow(RangeError)
      expect(() => peer.peek(MOST_EARLY_BYTES + 1)).toThrow(RangeError)
      const last = peer.peek(1_000)
      endpoint.fin(2)
      expect(await within('the FIN', last.view)).toMatchObject({ state: 'ended', bytes: { length: 9 } })
      expect(await peek(peer)).toMatchObject({ state: 'ended', bytes: { length: 9 } })
    })

    it(`gives up a peek at the ${side}, and keeps the bytes`, async (harness) => {
      const halves = await openHalves(harness)
      const { endpoint, peer } = halves[side]
      endpoint.send(10)
      await peek(peer, 10)
      const waits = peer.peek(20)
      expect(() => peer.peek(20)).toThrow('another peek')
      waits.cancel(new Error('enough'))
      await expect(waits.view).rejects.toThrow('enough')
      const { relay } = harness.join(halves.client.peer, halves.upstream.peer)
      const receiver = halves[otherSide(side)].endpoint
      await until('the bytes', () => receiver.received === 10)
      expect(() => peer.peek()).toThrow('a relay has the peer')
      relay.stop()
    })

    it(`settles a peek at the ${side} that is closed here`, async (harness) => {
      const { peer } = (await openHalves(harness))[side]
      const waits = peer.peek(20)
      peer.reset()
      expect(await within('its end', waits.view)).toMatchObject({ state: 'broken', bytes: { length: 0 } })
      expect(await peek(peer)).toMatchObject({ state: 'broken', bytes: { length: 0 } })
    })

    it(`keeps at most 64 KiB of the ${side}, and reads on as they are consumed`, async (harness) => {
      const { endpoint, peer } = (await openHalves(harness))[side]
      const sent: Buffer[] = []
      const first = peer.peek()
      endpoint.send(100)
      await within('the first bytes', first.view)
      const sending = endpoint.sendAll(4 * MOST_EARLY_BYTES - 100, new Random(21))
      for (let left = 4 * MOST_EARLY_BYTES; left > 0; left -= MOST_EARLY_BYTES) {
        const { bytes, state } = await peek(peer, MOST_EARLY_BYTES)
        expect([bytes.length, state]).toEqual([MOST_EARLY_BYTES, 'full'])
        if (engine.name === 'streams' && side === 'client')
          expect((peer as unknown as Socket).bytesRead).toBe(sent.length * MOST_EARLY_BYTES + MOST_EARLY_BYTES)
        sent.push(Buffer.from(bytes))
        peer.consume(MOST_EARLY_BYTES)
      }
      await sending
      expect(endpoint.sendsFrom(0, Buffer.concat(sent))).toBe(true)
    })

    if (transport === 'unix') continue

    it(`ends a peek at the ${side} with its RST, and says that it is gone`, async (harness) => {
      const { endpoint, peer } = (await openHalves(harness))[side]
      const gone: (string | undefined)[] = []
      peer.onGone = ({ code }) => gone.push(code)
      endpoint.send(10)
      await peek(peer, 10)
      const waits = peer.peek()
      endpoint.reset()
      expect(await within('the RST', waits.view)).toMatchObject({ state: 'broken', bytes: { length: 10 } })
      expect(gone).toEqual(['ECONNRESET'])
    })
  }
}

type Ending = (scene: Scene, side: Side, consumed: number) => Promise<void>

/** All has arrived, and is counted but for what was consumed. */
const expectAllAndFin = async (connection: Connection, side: Side, consumed: number): Promise<void> => {
  const [sender, receiver] = [connection[side], connection[otherSide(side)]]
  expect(await within('the FIN', receiver.receivedAll)).toBe('FIN')
  expect(receiver.wrongAt).toBeUndefined()
  expect(receiver.received).toBe(sender.sent)
  receiver.fin()
  expect(await within('the end', connection.ended)).toMatchObject({ how: 'completed' })
  const flow = flowFrom(connection, side)
  expect(flow).toMatchObject({ bytes: sender.sent - consumed, heldSinceMs: 0 })
  expect(flow.firstByteMs === 0).toBe(sender.sent === consumed)
  expect(flowFrom(connection, otherSide(side)).bytes).toBe(0)
}

const withFin: Ending = async ({ sender, connection }, side, consumed) => {
  sender.endpoint.fin()
  await once(sender.endpoint.socket, 'finish')
  await expectAllAndFin(connection(), side, consumed)
}

const withMore: Ending = async ({ sender, connection }, side, consumed) => {
  const joined = connection()
  await sender.endpoint.sendAll(MIB, new Random(22))
  sender.endpoint.fin(1)
  await expectAllAndFin(joined, side, consumed)
}

const withSlowReceiver: Ending = async ({ sender, receiver, connection }, side, consumed) => {
  receiver.endpoint.pause()
  const joined = connection()
  const sending = sender.endpoint.sendAll(12 * MIB, new Random(23))
  await until('held bytes', () => flowFrom(joined, side).heldSinceMs !== 0)
  receiver.endpoint.resume()
  await sending
  sender.endpoint.fin()
  await expectAllAndFin(joined, side, consumed)
}

const withRst: Ending = async ({ sender, receiver, connection }, side, consumed) => {
  // A RST throws away what its sender's kernel has not sent.
  await until('the bytes in our kernel', () => unsentBytes(descriptorOf(sender.endpoint.socket)) === 0)
  receiver.endpoint.pause()
  const closed = once(sender.endpoint.socket, 'close')
  sender.endpoint.reset()
  await closed
  const joined = connection()
  receiver.endpoint.resume()
  await expectReset(receiver.endpoint)
  await expectResetBy(joined, side)
  expect(receiver.endpoint.received).toBe(sender.endpoint.sent)
  expect(flowFrom(joined, side).bytes).toBe(sender.endpoint.sent - consumed)
}

/** A unix socket has no RST. */
const endingsOn = (transport: Transport): readonly (readonly [string, Ending])[] => [
  ['and its FIN right behind', withFin],
  ['and what it sends later', withMore],
  ['to a slow receiver', withSlowReceiver],
  ...(transport === 'unix' ? [] : [['and its RST right behind', withRst] as const]),
]
