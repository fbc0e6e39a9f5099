import { expect } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import type { Outcome } from '../../../src/proxy/outcome.ts'
import { refusingAddress } from '../../support/addresses.ts'
import { openFullBacklog } from '../../support/full-backlog.ts'
import { until } from '../../support/until.ts'
import type { WorkerHarness, WorkerHarnessOptions } from '../../support/worker-harness.ts'
import { type Expected, expectCut, inWorker, type OutcomeCase } from './outcome-case.ts'

const NOTHING = { phase: 'dial', bytesToUpstream: 0, bytesToClient: 0 } as const

/** A case whose dial hangs: the server's backlog is full. */
const hanging =
  (
    options: Pick<WorkerHarnessOptions, 'timeouts'>,
    provoke: (harness: WorkerHarness, server: string) => Promise<Expected>,
  ): OutcomeCase =>
  async (engine) => {
    const stalled = await openFullBacklog()
    const server = formatAddress(stalled.address)
    try {
      return await inWorker({ ...options, servers: () => [server] }, (harness) => provoke(harness, server))(engine)
    } finally {
      await stalled.close()
    }
  }

export const DIAL_CASES = {
  clientGone: hanging({}, async (harness, server) => {
    const client = harness.client()
    await until('the dial', () => harness.counts().connectionsActive === 1)
    client.reset()
    return { ...NOTHING, outcome: 'clientGone', endedBy: 'client', server, attempts: 1, error: 'ECONNRESET' }
  }),

  dialTimeout: hanging({ timeouts: { connect: '200ms' } }, async (harness, server) => {
    await expectCut(harness.client())
    const durationMs = expect.toSatisfy((duration: number) => duration >= 200, 'at least 200')
    return { ...NOTHING, outcome: 'dialTimeout', endedBy: 'proxy', server, attempts: 1, error: 'ETIMEDOUT', durationMs }
  }),

  dialRefused: async (engine) => {
    const server = refusingAddress()
    const provoke = async (harness: WorkerHarness): Promise<Expected> => {
      await expectCut(harness.client())
      return { ...NOTHING, outcome: 'dialRefused', endedBy: 'upstream', server, attempts: 1, error: 'ECONNREFUSED' }
    }
    return inWorker({ servers: () => [server] }, provoke)(engine)
  },

  // RFC 919 §7: every host of the network. TCP has no broadcast, so connect(2) fails at once, whatever the routes.
  dialFailed: inWorker({ servers: () => ['255.255.255.255:9'] }, async (harness) => {
    await expectCut(harness.client())
    const error = expect.stringMatching(/^(EACCES|ENETUNREACH)$/)
    return { ...NOTHING, outcome: 'dialFailed', endedBy: 'proxy', server: '255.255.255.255:9', attempts: 1, error }
  }),

  noServer: inWorker({ servers: () => [] }, async (harness) => {
    await expectCut(harness.client())
    return { ...NOTHING, outcome: 'noServer', endedBy: 'proxy', attempts: 0 }
  }),

  denied: inWorker({ listener: { deny: ['127.0.0.0/8'] } }, async (harness) => {
    await expectCut(harness.client())
    return { ...NOTHING, outcome: 'denied', endedBy: 'proxy', phase: 'admit', attempts: 0 }
  }),

  overLimit: inWorker({ maxConnections: 1 }, async (harness) => {
    const { client, upstream } = await harness.connect()
    await expectCut(harness.client())
    client.send(10)
    await until('the first one to go on', () => upstream.received === 10)
    return { ...NOTHING, outcome: 'overLimit', endedBy: 'proxy', phase: 'admit', attempts: 0 }
  }),

  queueTimeout: inWorker(
    { upstream: (own) => ({ servers: [{ address: own, maxConnections: 1 }], queue: { length: 1, timeout: '200ms' } }) },
    async (harness) => {
      const { client, upstream } = await harness.connect()
      await expectCut(harness.client())
      client.send(10)
      await until('the first one to go on', () => upstream.received === 10)
      const queueMs = expect.toSatisfy((waited: number) => waited >= 200, 'at least 200')
      return { ...NOTHING, outcome: 'queueTimeout', endedBy: 'proxy', phase: 'queue', attempts: 0, queueMs }
    },
  ),

  internalError: (engine) => {
    const relay = () => {
      throw new Error('injected')
    }
    const provoke = async (harness: WorkerHarness): Promise<Expected> => {
      const { client, upstream } = await harness.connect()
      await expectCut(client)
      await expectCut(upstream)
      const { connectionId } = await harness.line('internalError')
      const defect = harness.log().find((line) => line.msg === 'a defect ended a connection')
      expect(defect).toMatchObject({ connectionId, err: { message: 'injected', stack: expect.any(String) } })
      return { ...NOTHING, outcome: 'internalError', endedBy: 'proxy', phase: 'relay', attempts: 1, error: 'injected' }
    }
    return inWorker({}, provoke)({ ...engine, relay })
  },
} satisfies Partial<Record<Outcome, OutcomeCase>>
