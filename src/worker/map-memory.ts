import { SharedLayout, SharedMemory, type SharedPlace } from '../serving/shared-memory.ts'
import { mapShared } from '../system/shared-file.ts'

/** The memory that the primary shares, or why this worker cannot use it. Neither where the primary shares none. */
export interface Mapping {
  readonly memory?: SharedMemory
  readonly unsharedBecause?: string
}

export const mapMemory = async (shared: SharedPlace | undefined): Promise<Mapping> => {
  if (shared === undefined) return {}
  try {
    const numbers = await mapShared(shared.descriptor, new SharedLayout(shared.places).length)
    return { memory: new SharedMemory(numbers, shared) }
  } catch (error) {
    return { unsharedBecause: (error as Error).message }
  }
}
