import { expect } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { noteWhatIsOpen } from '../../support/leftovers.ts'
import { until, within } from '../../support/until.ts'
import {
  type AccessLine,
  type WorkerHarness,
  type WorkerHarnessOptions,
  withWorker,
} from '../../support/worker-harness.ts'

/** Provokes an outcome for real, holds both sides to what they must see, and answers with the connection's line. */
export type OutcomeCase = (engine: Engine) => Promise<AccessLine>

/** What a line must say, beside what every line says. */
export type Expected = Partial<AccessLine>

/**
 * A case in a worker in this process: `provoke` answers with what the line must say. Then everything is released, and
 * counted once.
 */
export const inWorker =
  (options: WorkerHarnessOptions, provoke: (harness: WorkerHarness) => Promise<Expected>): OutcomeCase =>
  (engine) =>
    withWorker(engine, options, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      const expected = await provoke(harness)
      const line = await harness.line(expected.outcome ?? '')
      expect(line).toMatchObject(expected)
      harness.hangUp()
      await harness.allClosed()
      const counts = harness.counts()
      expect(counts.outcomes).toMatchObject({ [line.outcome]: 1 })
      expect(Object.values(counts.outcomes).reduce((sum, count) => sum + count)).toBe(counts.connectionsAccepted)
      await until('every line', () => harness.lines().length === counts.connectionsAccepted)
      await nothingIsLeft()
      return line
    })

/** It was cut, and nothing says that it is complete. A reader that sends at the same time may meet the RST in a write. */
export const expectCut = async (living: Endpoint): Promise<void> => {
  expect(['ECONNRESET', 'EPIPE']).toContain(await within('the RST', living.receivedAll))
  expect(living.sawFin).toBe(false)
  expect(living.wrongAt).toBeUndefined()
}
