import { expect, test } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { openKernelEngine } from '../../../src/engine/kernel/kernel-engine.ts'
import { openFarClient } from '../../support/far-client.ts'
import { RelayHarness } from '../../support/relay-harness.ts'
import { until, within } from '../../support/until.ts'

test.each([
  ['fin', { how: 'completed', first: 'client' }],
  ['reset', { how: 'reset', by: 'client' }],
] as const)(
  'a relay that catches up takes what waits at its sockets before an event tells of it, a %s behind it',
  async (then, end) => {
    const harness = await RelayHarness.open(openKernelEngine())
    const far = await openFarClient(harness.target)
    const peer = await harness.accepted.next()
    const { endpoint: upstream, peer: server } = await harness.dial()
    const { relay, ended } = harness.join(peer, server)
    upstream.send(10)
    await until('the relay to run', () => relay.toClient.bytes === 10)
    // This thread sleeps meanwhile, as a worker that stood still.
    far.send(Buffer.alloc(1_000, 'x'), then)
    relay.catchUp(nowMs())
    expect(relay.toUpstream.bytes).toBe(1_000)
    if (then === 'fin') upstream.fin()
    expect(await within('the end', ended)).toMatchObject(end)
    await far.close()
    await harness.close()
  },
)
