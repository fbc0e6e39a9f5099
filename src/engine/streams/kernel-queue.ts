import process from 'node:process'
import type { SendQueue } from '../flow-counts.ts'

const load = async (): Promise<SendQueue | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    return (await import('../kernel/send-queue.ts')).sendQueue
  } catch {
    // koffi has nothing for this system: then only what the kernel takes counts as progress.
    return undefined
  }
}

/** The way to ask the kernel about a descriptor, which node:net does not offer. Undefined where it cannot be asked. */
export const kernelQueue = await load()
