/** The schema of the totals that a worker may report, made from the one list of metrics. */
import { z } from 'zod'
import { LABELS, metricsOf, type Scope } from '../stats/metrics.ts'
import type { Entry } from '../stats/totals.ts'

const count = z.int().nonnegative()

const countsOf = (scope: Scope) =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(metricsOf(scope)).map(([name, { by, sparse }]) => {
        if (by === undefined) return [name, count]
        return [name, sparse ? z.partialRecord(z.enum(by), count) : z.record(z.enum(by), count)]
      }),
    ),
  )

const entryOf = (scope: Scope) =>
  z.strictObject({
    scope: z.literal(scope),
    names: z.array(z.string()).length(LABELS[scope].length),
    counts: countsOf(scope),
  })

export const entrySchema = z.discriminatedUnion('scope', [
  entryOf('listener'),
  entryOf('upstream'),
  entryOf('server'),
  entryOf('inspector'),
  entryOf('worker'),
]) as unknown as z.ZodType<Entry>
