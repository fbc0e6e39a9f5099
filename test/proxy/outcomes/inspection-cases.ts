import { expect } from 'vitest'
import type { Outcome } from '../../../src/proxy/outcome.ts'
import { collect, inspector, untilText } from '../../inspection/support.ts'
import type { WorkerHarness } from '../../support/worker-harness.ts'
import { inWorker, type OutcomeCase } from './outcome-case.ts'

/** A connection whose client says a word that its inspector does not let pass. */
const cutAt = async (harness: WorkerHarness, word: string) => {
  const { client, upstream } = await harness.connect()
  const up = collect(upstream)
  client.socket.write('hello')
  await untilText(up, 'hello')
  client.socket.write(word)
  await Promise.all([client, upstream].map(({ receivedAll }) => receivedAll)).then((ends) =>
    expect(ends).toEqual(['ECONNRESET', 'ECONNRESET']),
  )
  return { phase: 'relay', endedBy: 'proxy', attempts: 1, bytesToUpstream: 5, bytesToClient: 0 }
}

export const INSPECTION_CASES = {
  blocked: inWorker({ inspect: [inspector('scripted')] }, async (harness) => ({
    ...(await cutAt(harness, 'BLOCK')),
    outcome: 'blocked',
    verdict: 'scripted: it said so',
  })),

  inspectionFailed: inWorker({ inspect: [inspector('faulty')] }, async (harness) => ({
    ...(await cutAt(harness, 'throw;')),
    outcome: 'inspectionFailed',
    error: 'faulty: thrown on purpose',
  })),
} as const satisfies Partial<Record<Outcome, OutcomeCase>>
