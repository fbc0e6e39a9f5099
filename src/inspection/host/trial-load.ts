import { countMemory } from '../shared/count-row.ts'
import { describeThrown } from '../shared/describe-thrown.ts'
import {
  findInspectors,
  type InspectedListener,
  type InspectorProblem,
  InspectorsWrong,
  plansOf,
  type Version,
} from './inspector-set.ts'
import { InspectingThread } from './inspector-thread.ts'

const MEMORY_BYTES = 256 * 1024 * 1024

/**
 * Loads a version in a thread that is ended again.
 *
 * @throws {InspectorsWrong} if some of it cannot be loaded, or the thread ended over it
 */
export const tryLoading = async ({ number, wanted }: Version): Promise<void> => {
  const names = Object.entries(wanted)
  const rows = names.reduce((sum, [, ones]) => sum + ones.length, 0)
  const thread = new InspectingThread(MEMORY_BYTES, { onEnd: () => {}, onStuck: () => {} })
  try {
    plansOf(wanted, await thread.load({ generation: number, listeners: wanted, counts: countMemory(rows) }))
  } catch (error) {
    if (error instanceof InspectorsWrong) throw error
    // A thread that was ended does not say over which one.
    const message = `its thread ended while it was loaded: ${describeThrown(error).message}`
    const suspects = names.flatMap(([listener, ones]) => ones.map((_, index) => ({ listener, index, message })))
    throw new InspectorsWrong(rows === 1 ? suspects : await apart(wanted))
  } finally {
    thread.end()
  }
}

/** Tries them one by one, to find those that are to blame. */
const apart = async (wanted: Version['wanted']): Promise<InspectorProblem[]> => {
  const problems: InspectorProblem[] = []
  for (const [listener, ones] of Object.entries(wanted)) {
    for (const [index, one] of ones.entries()) {
      const found = await problemsOf(() => tryLoading({ number: 1, wanted: { [listener]: [one] } }))
      problems.push(...found.map((problem) => ({ ...problem, index })))
    }
  }
  return problems
}

/** Everything that is wrong with the inspectors of a config: they are loaded, and check their options. */
export const findInspectorProblems = async (
  listeners: readonly InspectedListener[],
): Promise<readonly InspectorProblem[]> => {
  if (listeners.every(({ inspect }) => inspect.length === 0)) return []
  return problemsOf(async () => tryLoading({ number: 1, wanted: await findInspectors(listeners) }))
}

const problemsOf = async (work: () => Promise<void>): Promise<readonly InspectorProblem[]> => {
  try {
    await work()
    return []
  } catch (error) {
    if (error instanceof InspectorsWrong) return error.problems
    throw error
  }
}
