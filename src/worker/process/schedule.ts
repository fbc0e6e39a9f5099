import process from 'node:process'
import type { Config } from '../../config/schema.ts'

/**
 * Sets the scheduling policy of this worker's main thread as configured; threads that it starts keep the normal policy.
 *
 * @returns why the policy could not be set, if it could not
 */
export const schedule = async (wanted: Config['scheduling']): Promise<string | undefined> => {
  if (wanted === 'normal' || process.platform !== 'linux') return undefined
  try {
    const { runInBatches } = await import('../../system/scheduling.ts')
    runInBatches()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
