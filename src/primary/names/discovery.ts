import type { RepeatedQuestion } from './repeated-question.ts'

/** How finding the servers of an upstream goes; part of `/stats`. */
export interface Discovery {
  readonly source: 'dns' | 'srv'
  /** `waiting`: there was no answer yet. `failing`: the last question for one of its names failed. */
  readonly state: 'ok' | 'failing' | 'waiting'
  /** The age of the oldest answer in use; null before the first. */
  readonly ageMs: number | null
  /** Why it is failing. */
  readonly lastError: string | null
  /** Servers that have an address. */
  readonly servers: number
  /** How often the servers have changed. */
  readonly revision: number
}

/** A question with the name that it is about. */
export type NamedQuestion = readonly [
  name: string,
  question: Pick<RepeatedQuestion<unknown>, 'ageMs' | 'failure' | 'found'>,
]

/** Sums up the questions for several names. */
export const stateOf = (questions: readonly NamedQuestion[]): Pick<Discovery, 'state' | 'ageMs' | 'lastError'> => {
  const failing = questions.find(([, { failure }]) => failure !== undefined)
  const isWaiting = questions.some(([, { found }]) => found === undefined)
  const ages = questions.flatMap(([, { ageMs }]) => ageMs ?? [])
  return {
    state: failing ? 'failing' : isWaiting ? 'waiting' : 'ok',
    ageMs: ages.length > 0 ? Math.max(...ages) : null,
    lastError: failing ? `${failing[0]}: ${failing[1].failure?.message}` : null,
  }
}
