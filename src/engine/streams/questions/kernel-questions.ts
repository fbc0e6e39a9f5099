import process from 'node:process'
import type { SendQueue } from '../../../system/sockets/send-queue.ts'

/** Questions to the kernel about a socket that node:net cannot ask. */
export interface KernelQuestions extends SendQueue {
  /** The other end's name, even after its reset. */
  peerOf(fd: number): string | undefined
  /** This end's name. */
  localOf(fd: number): string | undefined
  /** Bytes that the other end has sent and nobody has read here. */
  unreadBytes(fd: number): number
  /** The error that waits on the socket, or 0. Asking clears it. */
  pendingError(fd: number): number
}

const load = async (): Promise<KernelQuestions | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    const [{ localOf, peerOf }, { pendingError, unreadBytes }, { sendQueue }] = await Promise.all([
      import('../../../system/sockets/peer-of.ts'),
      import('../../../system/libc.ts'),
      import('../../../system/sockets/send-queue.ts'),
    ])
    return { ...sendQueue, localOf, peerOf, pendingError, unreadBytes }
  } catch {
    // No koffi, or it cannot be loaded here: the engine works without it.
    return undefined
  }
}

/** Undefined where koffi cannot be loaded. Then a client that has reset before its accept is `unknown`. */
export const kernelQuestions = await load()
