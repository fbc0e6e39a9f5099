import { countMemory } from '../../shared/count-row.ts'
import { describeThrown } from '../../shared/describe-thrown.ts'
import { InspectorThread } from '../threads/inspector-thread.ts'
import { findInspectors, type InspectedListener } from './find-inspectors.ts'
import {
  type InspectorPlans,
  type InspectorProblem,
  type InspectorSources,
  InspectorsWrong,
  inspectorCount,
  plansOf,
} from './inspector-set.ts'

const MEMORY_BYTES = 256 * 1024 * 1024

/**
 * Loads inspectors in a thread that is ended again.
 *
 * @throws {InspectorsWrong} if some of them cannot be loaded, or the thread ended over it
 */
export const tryLoading = async (sources: InspectorSources): Promise<InspectorPlans> => {
  const count = inspectorCount(sources)
  const thread = new InspectorThread(MEMORY_BYTES, { onEnd: () => {}, onStuck: () => {} })
  try {
    return plansOf(sources, await thread.load({ setNumber: 1, listeners: sources, counts: countMemory(count) }))
  } catch (error) {
    if (error instanceof InspectorsWrong) throw error
    // A thread that was ended does not say over which one.
    const message = `its thread ended while it was loaded: ${describeThrown(error).message}`
    const suspects = Object.entries(sources).flatMap(([listener, ones]) =>
      ones.map((_, index) => ({ listener, index, message })),
    )
    throw new InspectorsWrong(count === 1 ? suspects : await problemsApart(sources))
  } finally {
    thread.end()
  }
}

/** Tries them one by one, to find those that are to blame. */
const problemsApart = async (sources: InspectorSources): Promise<InspectorProblem[]> => {
  const problems: InspectorProblem[] = []
  for (const [listener, ones] of Object.entries(sources)) {
    for (const [index, one] of ones.entries()) {
      const found = await problemsOf(() => tryLoading({ [listener]: [one] }))
      problems.push(...found.map((problem) => ({ ...problem, index })))
    }
  }
  return problems
}

/** Everything that is wrong with the inspectors of a config: they are loaded, and check their options. */
export const findInspectorProblems = (listeners: readonly InspectedListener[]): Promise<readonly InspectorProblem[]> =>
  problemsOf(async () => tryLoading(await findInspectors(listeners)))

const problemsOf = async (load: () => Promise<unknown>): Promise<readonly InspectorProblem[]> => {
  try {
    await load()
    return []
  } catch (error) {
    if (error instanceof InspectorsWrong) return error.problems
    throw error
  }
}
