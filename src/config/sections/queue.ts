/** The section of the config about clients that wait for a full server. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'

/** The workers compare times that are numbers of 31 bits in µs: half of their range is 17 minutes. */
const LONGEST_MS = 15 * 60_000

const timeout = () =>
  field
    .duration({ zero: 'refused' })
    .check(z.refine((ms: number) => ms <= LONGEST_MS, { error: () => 'this is too long to wait; write at most 15m' }))

export const queueSection = field
  .section({
    length: field
      .count(0, 100_000)
      .default(0)
      .describe('The number of clients that may wait, over all workers; 0 lets none wait.'),
    timeout: timeout()
      .prefault('5s')
      .describe('Time that a client waits, in all, before it is reset with outcome `queueTimeout`; at most 15m.'),
  })
  .transform(({ length, timeout }) => ({ length, timeoutMs: timeout }))
