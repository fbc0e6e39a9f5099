import process from 'node:process'
import type { Config } from '../config/schema.ts'

/**
 * Has this worker's main thread treated by the kernel as the config says; threads that it starts later inherit it.
 *
 * @returns why the worker goes on with the policy that it has, where it was to have another one
 */
export const schedule = async (wanted: Config['scheduling']): Promise<string | undefined> => {
  if (wanted === 'normal' || process.platform !== 'linux') return undefined
  try {
    const { runInBatches } = await import('../system/scheduling.ts')
    runInBatches()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
