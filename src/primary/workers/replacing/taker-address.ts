import type { Answers } from '../../../ipc/ask.ts'
import type { WorkerProcess } from '../worker-process.ts'

/** A worker that does not answer within this time gets no connections of others. */
const ANSWER_WITHIN_MS = 5_000

/** The address where a worker takes the connections of others from now on; undefined if it takes none. */
export const takerAddress = async (
  asker: {
    ask(name: 'takerAddress', withinMs: number, about: undefined, id: number): Promise<Answers<'takerAddress'>>
  },
  worker: WorkerProcess,
): Promise<string | undefined> => {
  const { parts } = await asker.ask('takerAddress', ANSWER_WITHIN_MS, undefined, worker.id)
  worker.takesOver ||= parts.length > 0
  return parts[0]?.part
}
