/** Limits how many bytes a second each direction of a connection moves. */
import { z } from 'zod'
import type { Direction } from '../../engine/engine.ts'
import { defineInspector } from '../api/define-inspector.ts'
import { pass, passAfter } from '../api/verdict.ts'
import { sizeOption } from './size-option.ts'

const options = z
  .strictObject({
    /** Bytes a second; a direction without a rate is not slowed. */
    toUpstream: sizeOption().optional(),
    toClient: sizeOption().optional(),
    /** So much may go at once after a pause. */
    burst: sizeOption().prefault('64KiB'),
  })
  .refine(({ toUpstream, toClient }) => toUpstream !== undefined || toClient !== undefined, {
    message: 'write the bytes a second of toUpstream, toClient or both, such as toClient: 1MiB',
  })

/** When what was let through so far is paid for, by direction, on the thread's clock. */
type Debts = Record<Direction, number>

export default defineInspector({
  name: 'throttle',
  options,
  open: (_, rates) => ({ rates, paidAtMs: { toUpstream: 0, toClient: 0 } satisfies Debts }),
  chunk: ({ rates, paidAtMs }, bytes, direction) => {
    const rate = rates[direction]
    if (rate === undefined) return pass
    const now = performance.now()
    const burstMs = (rates.burst / rate) * 1000
    // A pause saves up at most one burst.
    const paid = Math.max(paidAtMs[direction], now - burstMs) + (bytes.length / rate) * 1000
    paidAtMs[direction] = paid
    return paid > now ? passAfter(Math.ceil(paid - now)) : pass
  },
})
