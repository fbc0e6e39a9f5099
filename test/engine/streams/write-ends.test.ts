import { expect, test } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { openStreamsEngine } from '../../../src/engine/streams/streams-engine.ts'
import { Random } from '../../support/random.ts'
import { RelayHarness } from '../../support/relay-harness.ts'
import { until } from '../../support/until.ts'

const SIZE = 8 * 2 ** 20

test('reading goes on when the kernel had taken the last bytes before the stream hears of it', async () => {
  const harness = await RelayHarness.open(openStreamsEngine())
  const client = await harness.accept()
  const upstream = await harness.dial()
  const { relay } = harness.join(client.peer, upstream.peer)
  upstream.endpoint.pause()
  const sending = client.endpoint.sendAll(SIZE, new Random(1))
  await until('a write that is held', () => relay.toUpstream.heldSinceMs > 0)
  // What libuv says between a uv_write2() that has written all and its callback, a turn later.
  const { _handle: handle } = upstream.peer as unknown as { _handle: { writeQueueSize?: number } }
  Object.defineProperty(handle, 'writeQueueSize', { value: 0, configurable: true })
  relay.refresh(nowMs())
  delete handle.writeQueueSize
  upstream.endpoint.resume()
  await sending
  await until('everything', () => upstream.endpoint.received === SIZE)
  expect([upstream.endpoint.wrongAt, relay.toUpstream.bytes]).toEqual([undefined, SIZE])
  await harness.close()
})
