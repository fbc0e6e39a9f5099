import { availableParallelism } from 'node:os'
import type { Config } from '../../../config/schema.ts'

/**
 * How many threads a worker has. Two, so that one connection's inspector that hangs does not stop all others. One where
 * other workers see to that and take every core: a second thread would have no core, and what waits would be asked in
 * smaller batches.
 */
export const threadsFor = (
  setting: Config['inspection']['threads'],
  workerCount: number,
  cores = availableParallelism(),
): number => {
  if (setting !== 'auto') return setting
  const othersTakeEveryCore = workerCount > 1 && workerCount >= cores
  return othersTakeEveryCore || workerCount > 8 ? 1 : 2
}
