/**
 * What the primary may ask its workers. The answer of a worker is a list, which comes in slices where it is long; each
 * part of it is checked by the schema that stands here.
 */
import { z } from 'zod'
import { ENGINES } from '../config/schema.ts'
import { PHASES } from '../proxy/record.ts'

const count = z.int().nonnegative()

export const QUESTIONS = {
  /** Report now what has changed. The report comes before the answer, which has no parts. */
  report: { part: z.never() },
  /** Which connections live in you? */
  connections: {
    part: z.strictObject({
      connectionId: z.string(),
      listener: z.string(),
      phase: z.enum(PHASES),
      client: z.string(),
      upstream: z.string(),
      server: z.string().exactOptional(),
      engine: z.enum(ENGINES),
      ageMs: count,
      bytesToUpstream: count,
      bytesToClient: count,
    }),
  },
} as const satisfies Record<string, { readonly part: z.ZodType }>

export type QuestionName = keyof typeof QUESTIONS

/** One part of a worker's answer. */
export type AnswerPart<Name extends QuestionName> = z.output<(typeof QUESTIONS)[Name]['part']>
