/**
 * The one list of questions that the primary may ask its workers. A worker's answer is a list of parts, sent in slices if
 * it is long; each part is checked by the schema given here.
 */
import { z } from 'zod'
import { ENGINES } from '../config/schema.ts'
import { PHASES } from '../proxy/record.ts'

const count = z.int().nonnegative()

export const QUESTIONS = {
  /** Report what has changed, now. The report arrives before the answer, which has no parts. */
  report: { part: z.never() },
  /** About an upstream and a server: when did you last reach it (`hostMs`)? No part if never. */
  reached: { part: z.number().nonnegative() },
  /** List your living connections. */
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
