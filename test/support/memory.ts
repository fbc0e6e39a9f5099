import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

export interface Memory {
  /** All of the process that is in RAM. The kernel's socket buffers and pipes are no part of it. */
  readonly residentBytes: number
  /** Memory outside the heap that Buffers stand for. Freed memory that the allocator keeps does not hide its growth. */
  readonly bufferBytes: number
}

/** What the process uses now, without what could be freed. */
export const measureMemory = (): Memory => {
  collectGarbage()
  // The first leaves what Buffers stood for to another thread, which is waited for only when the next one begins.
  collectGarbage()
  const { rss, external } = process.memoryUsage()
  return { residentBytes: rss, bufferBytes: external }
}
