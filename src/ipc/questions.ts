/**
 * The one list of questions that the primary may ask its workers. A worker's answer is a list of parts, sent in slices if
 * it is long; each part is checked by the schema given here. What a question is about a worker takes on trust.
 */
import { z } from 'zod'
import { connectionDetail, connectionSummary, type Sort } from './connection-parts.ts'

const count = z.int().nonnegative()

export const QUESTIONS = {
  /** Report what has changed, now. The report arrives before the answer, which has no parts. */
  report: { part: z.never() },
  /** When did you last reach this server (`hostMs`)? No part if never. */
  reached: { part: z.number().nonnegative() },
  /** How many of your living connections match, and the first `limit` of them in the order that is asked for? */
  connections: { part: z.union([connectionSummary, z.strictObject({ matching: count })]) },
  /** What do you know of this connection, living or ended? No part if nothing. */
  connection: { part: connectionDetail },
  /** End this living connection. A part if there was one. */
  kill: { part: z.literal('killed') },
  /** Where can other workers give you their living connections? A part: the address; none if you cannot take them. */
  takerAddress: { part: z.string() },
  /** End the living connections of these listeners and servers, which were removed, as `drained`. A part: how many. */
  endRemoved: { part: count },
} as const satisfies Record<string, { readonly part: z.ZodType }>

export type QuestionName = keyof typeof QUESTIONS

/** Which connections are asked for. */
export interface ConnectionsQuery {
  readonly listener?: string
  /** A server's name, as `/stats` shows it. */
  readonly server?: string
  /** A network (CIDR), or a single address. */
  readonly client?: string
  readonly sort: Sort
  readonly limit: number
}

export const KILLS = ['fin', 'rst'] as const
export type Kill = (typeof KILLS)[number]

/** What is not served any more. */
export interface RemovedParts {
  readonly listeners: readonly string[]
  readonly servers: readonly { readonly upstream: string; readonly server: string }[]
}

/** What each question is about. */
export interface QuestionSubjects {
  readonly report: undefined
  readonly reached: { readonly upstream: string; readonly server: string }
  readonly connections: ConnectionsQuery
  readonly connection: { readonly connectionId: string }
  readonly kill: { readonly connectionId: string; readonly how: Kill }
  readonly takerAddress: undefined
  readonly endRemoved: RemovedParts
}

/** One part of a worker's answer. */
export type AnswerPart<Name extends QuestionName> = z.output<(typeof QUESTIONS)[Name]['part']>

/** A question as it is sent: `question` is its number, which the answers repeat. */
export type Ask = {
  [Name in QuestionName]: {
    readonly kind: 'ask'
    readonly question: number
    readonly name: Name
    readonly about: QuestionSubjects[Name]
  }
}[QuestionName]
