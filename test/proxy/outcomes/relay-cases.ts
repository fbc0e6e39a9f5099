import { expect } from 'vitest'
import type { Outcome } from '../../../src/proxy/outcome.ts'
import { withServer, withUpstream } from '../../../src/serving/edits.ts'
import { expectResetOnWrite } from '../../engine/contract/expectations.ts'
import { Random } from '../../support/random.ts'
import { until, within } from '../../support/until.ts'
import type { WorkerHarness } from '../../support/worker-harness.ts'
import { expectCut, inWorker, type OutcomeCase } from './outcome-case.ts'

/** A connection over which 1000 bytes have gone to the server and 2000 to the client. */
const used = async (harness: WorkerHarness) => {
  const { client, upstream } = await harness.connect()
  client.send(1000)
  upstream.send(2000)
  await until('both', () => client.received === 2000 && upstream.received === 1000)
  return { client, upstream }
}

const USED = { phase: 'relay', attempts: 1, bytesToUpstream: 1000, bytesToClient: 2000 } as const

/** What is due after `ms` may come late, never early: the connection was younger than its line says. */
const notBefore = (ms: number) => expect.toSatisfy((duration: number) => duration >= ms, `at least ${ms}`)

export const RELAY_CASES = {
  completed: inWorker({}, async (harness) => {
    const { client, upstream } = await used(harness)
    client.fin()
    expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
    upstream.fin(5)
    expect(await within('the FIN', client.receivedAll)).toBe('FIN')
    expect([client.received, client.wrongAt]).toEqual([2005, undefined])
    return { ...USED, outcome: 'completed', endedBy: 'client', bytesToClient: 2005 }
  }),

  clientReset: inWorker({}, async (harness) => {
    const { client, upstream } = await used(harness)
    client.reset()
    await expectCut(upstream)
    return { ...USED, outcome: 'clientReset', endedBy: 'client', error: 'ECONNRESET' }
  }),

  upstreamReset: inWorker({}, async (harness) => {
    const { client, upstream } = await used(harness)
    upstream.reset()
    await expectCut(client)
    return { ...USED, outcome: 'upstreamReset', endedBy: 'upstream', error: 'ECONNRESET' }
  }),

  idleTimeout: inWorker({ timeouts: { idle: '300ms' } }, async (harness) => {
    const { client, upstream } = await used(harness)
    await expectCut(client)
    await expectCut(upstream)
    return { ...USED, outcome: 'idleTimeout', endedBy: 'proxy', durationMs: notBefore(300) }
  }),

  stallTimeout: inWorker({ timeouts: { stall: '300ms' } }, async (harness) => {
    const { client, upstream } = await used(harness)
    upstream.pause()
    const sending = client.sendAll(64 * 2 ** 20, new Random(1))
    await expectCut(client)
    upstream.resume()
    await expectCut(upstream)
    await sending
    const line = await harness.line('stallTimeout')
    expect(line.bytesToUpstream).toBeLessThan(client.sent)
    // What the proxy's kernel had taken and not yet sent goes with the RST.
    expect(line.bytesToUpstream).toBeGreaterThanOrEqual(upstream.received)
    return {
      outcome: 'stallTimeout',
      endedBy: 'proxy',
      phase: 'relay',
      bytesToClient: 2000,
      durationMs: notBefore(300),
    }
  }),

  halfCloseTimeout: inWorker({ timeouts: { halfClose: '300ms' } }, async (harness) => {
    const { client, upstream } = await used(harness)
    client.fin()
    expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
    await expectCut(client)
    // Nothing more is read after a FIN: the server meets the RST when it writes.
    await expectResetOnWrite(upstream)
    const times = { durationMs: notBefore(300), halfOpenMs: notBefore(300) }
    return { ...USED, ...times, outcome: 'halfCloseTimeout', endedBy: 'proxy' }
  }),

  maxAge: inWorker({ timeouts: { maxAge: '300ms' } }, async (harness) => {
    const { client, upstream } = await used(harness)
    const chatter = setInterval(() => client.send(1), 10)
    await expectCut(upstream).finally(() => clearInterval(chatter))
    await expectCut(client)
    const { bytesToUpstream } = await harness.line('maxAge')
    expect(bytesToUpstream).toBe(upstream.received)
    return { outcome: 'maxAge', endedBy: 'proxy', phase: 'relay', bytesToClient: 2000, durationMs: notBefore(300) }
  }),

  serverDown: inWorker({}, async (harness) => {
    const { client, upstream } = await used(harness)
    await harness.edit((state) => {
      const app = state.upstreams.get('app')
      const [[name, server] = ['', undefined]] = app?.servers ?? []
      const closing = app && withUpstream(state, 'app', { ...app, onServerDown: 'close' })
      return closing && server ? withServer(closing, 'app', name, { ...server, state: 'down' }) : state
    })
    await expectCut(client)
    await expectCut(upstream)
    return { ...USED, outcome: 'serverDown', endedBy: 'proxy' }
  }),

  killed: inWorker({}, async (harness) => {
    const { client, upstream } = await used(harness)
    harness.worker.living.each((connection) => connection.cut({ outcome: 'killed', endedBy: 'proxy' }))
    await expectCut(client)
    await expectCut(upstream)
    return { ...USED, outcome: 'killed', endedBy: 'proxy' }
  }),

  drained: inWorker({}, async (harness) => {
    const { client, upstream } = await used(harness)
    expect(await harness.worker.drain({ withinMs: 50, spreadMs: 0 })).toBe(1)
    await expectCut(client)
    await expectCut(upstream)
    return { ...USED, outcome: 'drained', endedBy: 'proxy' }
  }),
} satisfies Partial<Record<Outcome, OutcomeCase>>
