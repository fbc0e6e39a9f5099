import { expect } from 'vitest'
import type { Outcome } from '../../../src/proxy/outcome.ts'
import { expectCut, inWorker, type OutcomeCase } from './outcome-case.ts'

const NOTHING = { phase: 'preread', endedBy: 'proxy', attempts: 0, bytesToUpstream: 0, bytesToClient: 0 } as const

export const PREREAD_CASES = {
  badProxyHeader: inWorker({ listener: { acceptProxyProtocol: 'any' } }, async (harness) => {
    const client = harness.client()
    client.socket.write('GET / HTTP/1.1\r\n\r\n')
    await expectCut(client)
    return { ...NOTHING, outcome: 'badProxyHeader', error: 'it does not begin with a PROXY header' }
  }),

  prereadTimeout: inWorker(
    { listener: { acceptProxyProtocol: 'v2' }, timeouts: { preread: '200ms' } },
    async (harness) => {
      const client = harness.client()
      client.socket.write('\r\n\r\n')
      await expectCut(client)
      const durationMs = expect.toSatisfy((duration: number) => duration >= 200, 'at least 200')
      return { ...NOTHING, outcome: 'prereadTimeout', durationMs }
    },
  ),
} satisfies Partial<Record<Outcome, OutcomeCase>>
