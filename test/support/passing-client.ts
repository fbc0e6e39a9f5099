import { once } from 'node:events'
import type { NetConnectOpts } from 'node:net'
import { Worker } from 'node:worker_threads'

/**
 * A client in another thread. `pass` returns when it has connected and reset, and this thread has slept meanwhile: an
 * engine in it accepts a client that has already left.
 */
export interface PassingClient {
  /** @returns the port that it came from */
  pass(): number
  close(): Promise<void>
}

export const openPassingClient = async (target: NetConnectOpts): Promise<PassingClient> => {
  const port = new SharedArrayBuffer(4)
  const thread = new Worker(new URL('./passing-client-thread.mjs', import.meta.url), { workerData: { target, port } })
  await once(thread, 'message')
  return {
    pass: () => {
      const shared = new Int32Array(port)
      Atomics.store(shared, 0, 0)
      thread.postMessage('pass')
      if (Atomics.wait(shared, 0, 0, 5_000) === 'timed-out') throw new Error('the client did not connect')
      return Atomics.load(shared, 0)
    },
    close: async () => {
      await thread.terminate()
    },
  }
}
