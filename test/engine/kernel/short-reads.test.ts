import { expect, test } from 'vitest'
import { openKernelEngine } from '../../../src/engine/kernel/kernel-engine.ts'
import { passDescriptor } from '../../support/pass-descriptor.ts'
import { RelayHarness } from '../../support/relay-harness.ts'
import { until } from '../../support/until.ts'

test('a direction whose reads are of one byte leaves the others their turn after 64 of them', async () => {
  const harness = await RelayHarness.open(openKernelEngine(), 'unix')
  const { endpoint: client, peer } = await harness.accept()
  const { endpoint: upstream, peer: server } = await harness.dial()
  for (let count = 0; count < 150; count++) passDescriptor(client, 1)
  // The loop has polled: the engine knows that there is something, and reads as soon as it may.
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate)
  const { relay } = harness.join(peer, server)
  expect(relay.toUpstream.bytes).toBe(64)
  await until('the rest', () => upstream.received === client.sent)
  expect(upstream.wrongAt).toBeUndefined()
  await harness.close()
})
