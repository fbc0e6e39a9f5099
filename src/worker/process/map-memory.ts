import { SharedLayout, SharedMemory, type SharedPlace } from '../../serving/shared-memory.ts'
import { sharedMapper } from '../../system/shared-file.ts'

/** The memory that the primary shares, or why this worker cannot use it. Neither where the primary shares none. */
export interface Mapping {
  readonly memory?: SharedMemory
  readonly unsharedBecause?: string
}

export const mapMemory = async (shared: SharedPlace | undefined): Promise<Mapping> => {
  if (shared === undefined) return {}
  try {
    const map = await sharedMapper(shared.descriptor)
    return { memory: new SharedMemory(map(0, new SharedLayout(shared.places).length), shared, map) }
  } catch (error) {
    return { unsharedBecause: (error as Error).message }
  }
}
