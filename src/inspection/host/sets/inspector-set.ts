import type { InspectorConfig } from '../../../config/schema.ts'
import type { InspectorSource, LoadProblem, LoadResult } from '../../shared/messages.ts'

/** An inspector of a listener, as the main thread sees it. */
export interface InspectorPlan {
  /** Unique among those of the listener: `match`, `match-2`. */
  readonly name: string
  readonly contentHash: string
  readonly directions: InspectorConfig['directions']
  readonly timeoutMs: number
  readonly onFailure: InspectorConfig['onFailure']
  readonly hasEnd: boolean
}

/** By listener, in order. */
export type InspectorPlans = ReadonlyMap<string, readonly InspectorPlan[]>

/** By listener, in order. */
export type InspectorSources = Readonly<Record<string, readonly InspectorSource[]>>

/** All inspectors of a worker at one time, to be loaded. */
export interface SetSource {
  /** Counts the sets of a worker. */
  readonly setNumber: number
  readonly sources: InspectorSources
}

/** A set that was loaded: new connections begin with it, until the next one is. */
export interface InspectorSet extends SetSource {
  readonly plans: InspectorPlans
}

/** A problem of the inspector at `inspect[index]` of a listener. */
export interface InspectorProblem extends LoadProblem {
  readonly listener: string
  readonly index: number
}

/** Inspectors that cannot be used. */
export class InspectorsWrong extends Error {
  override readonly name = 'InspectorsWrong'
  readonly problems: readonly InspectorProblem[]

  constructor(problems: readonly InspectorProblem[]) {
    super(
      problems
        .map(({ listener, index, message }) => `listener "${listener}", inspect[${index}]: ${message}`)
        .join('; '),
    )
    this.problems = problems
  }
}

/** How many inspectors there are of all listeners. */
export const inspectorCount = (sources: InspectorSources): number =>
  Object.values(sources).reduce((sum, ones) => sum + ones.length, 0)

/**
 * Makes the plans of a set from what a thread made of its sources.
 *
 * @throws {InspectorsWrong} if some were not loaded
 */
export const plansOf = (
  sources: InspectorSources,
  results: Readonly<Record<string, readonly LoadResult[]>>,
): InspectorPlans => {
  const problems: InspectorProblem[] = []
  const plans = new Map<string, readonly InspectorPlan[]>()
  for (const [listener, ones] of Object.entries(sources)) {
    const timesUsed = new Map<string, number>()
    plans.set(
      listener,
      ones.flatMap(({ config, contentHash }, index): InspectorPlan[] => {
        const result = results[listener]?.[index] ?? { problems: [{ message: 'it was not loaded' }] }
        if ('problems' in result) {
          problems.push(...result.problems.map((problem) => ({ listener, index, ...problem })))
          return []
        }
        const times = (timesUsed.get(result.name) ?? 0) + 1
        timesUsed.set(result.name, times)
        const name = times === 1 ? result.name : `${result.name}-${times}`
        const { directions, timeoutMs, onFailure } = config
        return [{ name, contentHash, directions, timeoutMs, onFailure, hasEnd: result.hasEnd }]
      }),
    )
  }
  if (problems.length > 0) throw new InspectorsWrong(problems)
  return plans
}
