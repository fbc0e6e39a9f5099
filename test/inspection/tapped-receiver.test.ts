/** The memory and the order of what the streams engine shows to a tap. */
import { expect, test } from 'vitest'
import type { Tap } from '../../src/engine/engine.ts'
import type { StreamsFlow } from '../../src/engine/streams/flow.ts'
import { TappedReceiver } from '../../src/engine/streams/tapped-receiver.ts'
import { until } from '../support/until.ts'

/** A flow whose receiver takes everything, or nothing yet; a tap that answers when it is told to. */
const setting = () => {
  const sent: Uint8Array[] = []
  const taken: string[] = []
  const flow = {
    allTaken: true,
    ended: 0,
    resumed: 0,
    from: { resume: () => (flow.resumed += 1) },
    send: (bytes: Uint8Array) => {
      sent.push(bytes)
      taken.push(text([bytes]))
      return flow.allTaken
    },
    onEnd: () => (flow.ended += 1),
  }
  const asked: { bytes: Uint8Array; pass(): void }[] = []
  const tap: Tap = {
    inspects: () => true,
    chunk: (_direction, bytes) => new Promise((resolve) => asked.push({ bytes, pass: () => resolve([bytes]) })),
    end: async () => [],
  }
  return { sent, taken, flow, asked, receiver: new TappedReceiver(flow as unknown as StreamsFlow, 'client', tap) }
}
const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString()

test('several chunks from before the relay are asked about one after the other, and the end after them', async () => {
  const { sent, taken, flow, asked, receiver } = setting()
  for (const one of ['a', 'b', 'c']) expect(receiver.onBytes(Buffer.from(one))).toBe(false)
  receiver.onEnd()
  for (const count of [1, 2, 3]) {
    expect(asked.length).toBe(count)
    asked[count - 1]?.pass()
    await until('its answer', () => sent.length === count)
  }
  await until('the end', () => flow.ended === 1)
  expect(taken).toEqual(['a', 'b', 'c'])
})

test('memory is lent again once its bytes are delivered, and not before', async () => {
  const { sent, flow, asked, receiver } = setting()
  receiver.onBytes(Buffer.from('first'))
  flow.allTaken = false
  asked[0]?.pass()
  await until('its answer', () => sent.length === 1)
  // The receiver has not taken it, and another chunk comes all the same.
  receiver.onBytes(Buffer.from('second'))
  expect(text(sent)).toBe('first')
  flow.allTaken = true
  asked[1]?.pass()
  await until('reading goes on', () => flow.resumed === 1)
  receiver.onBytes(Buffer.from('third'))
  expect(asked[2]?.bytes.buffer).toBe(asked[1]?.bytes.buffer)
  expect(asked[2]?.bytes.buffer).not.toBe(asked[0]?.bytes.buffer)
  expect(text(sent.slice(0, 1))).toBe('first')
})
