import { readdirSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openKernelEngine } from '../../../src/engine/kernel/kernel-engine.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { Random } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

const MIB = 2 ** 20
const engine = openKernelEngine()

/** Pipes of this process whose both ends are here: those that the engine splices through. */
const countPipes = (): number => {
  const ends = readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      return []
    }
  })
  return ends.filter((end, index) => end.startsWith('pipe:') && ends.indexOf(end) !== index).length
}

/** Sends so much that the engine takes a pipe for it. */
const sendInBulk = async (sender: Endpoint, receiver: Endpoint): Promise<void> => {
  await sender.sendAll(64 * MIB, new Random(3))
  await until('everything', () => receiver.received === sender.sent)
  expect(countPipes()).toBeGreaterThan(0)
}

test('a spliced connection has an idle timeout, which io.Copy cannot have', () =>
  withWorker(engine, { timeouts: { idle: '500ms' } }, async (harness) => {
    const { client, upstream } = await harness.connect()
    await sendInBulk(client, upstream)
    const lastMs = performance.now()
    upstream.send(1)
    await expectCut(client)
    await expectCut(upstream)
    expect(performance.now() - lastMs).toBeGreaterThanOrEqual(500)
    const sums = { bytesToUpstream: 64 * MIB, bytesToClient: 1 }
    expect(await harness.line('idleTimeout')).toMatchObject({ ...sums, endedBy: 'proxy', phase: 'relay' })
  }))

test('a spliced connection whose reader stops has a stall timeout', () =>
  withWorker(engine, { timeouts: { stall: '500ms' } }, async (harness) => {
    const { client, upstream } = await harness.connect()
    await sendInBulk(upstream, client)
    const stoppedMs = performance.now()
    client.pause()
    const sending = upstream.sendAll(64 * MIB, new Random(4))
    await expectCut(upstream)
    expect(performance.now() - stoppedMs).toBeGreaterThanOrEqual(500)
    await sending
    client.resume()
    await expectCut(client)
    const { bytesToClient } = await harness.line('stallTimeout')
    expect(bytesToClient).toBeGreaterThanOrEqual(client.received)
    expect(bytesToClient).toBeLessThan(upstream.sent)
  }))

test('a spliced connection whose client has ended has a half-close timeout', () =>
  withWorker(engine, { timeouts: { halfClose: '500ms' } }, async (harness) => {
    const { client, upstream } = await harness.connect()
    await sendInBulk(client, upstream)
    client.fin()
    await expectCut(client)
    const { bytesToUpstream, halfOpenMs } = await harness.line('halfCloseTimeout')
    expect(bytesToUpstream).toBe(upstream.received)
    expect(halfOpenMs).toBeGreaterThanOrEqual(500)
  }))

test('a spliced connection that is as busy as can be has a maximum age', () =>
  withWorker(engine, { timeouts: { maxAge: '1s' } }, async (harness) => {
    const { client, upstream } = await harness.connect()
    const sending = client.sendAll(Number.MAX_SAFE_INTEGER, new Random(5))
    await expectCut(upstream)
    await sending
    const { bytesToUpstream, durationMs } = await harness.line('maxAge')
    expect(durationMs).toBeGreaterThanOrEqual(1_000)
    expect(bytesToUpstream).toBeGreaterThanOrEqual(upstream.received)
  }))
