import { once } from 'node:events'
import type { NetConnectOpts } from 'node:net'
import { Worker } from 'node:worker_threads'

/**
 * A client in another thread. `send` returns when the bytes and the FIN or RST are in the kernel, and this thread has
 * slept meanwhile: an engine in it meets both in one event, which no client on its own event loop can promise.
 */
export interface FarClient {
  send(bytes: Uint8Array, then: 'fin' | 'reset'): void
  close(): Promise<void>
}

export const openFarClient = async (target: NetConnectOpts): Promise<FarClient> => {
  const done = new SharedArrayBuffer(4)
  const thread = new Worker(new URL('./far-client-thread.mjs', import.meta.url), { workerData: { target, done } })
  await once(thread, 'message')
  return {
    send: (bytes, then) => {
      thread.postMessage({ bytes, then })
      if (Atomics.wait(new Int32Array(done), 0, 0, 5_000) === 'timed-out')
        throw new Error('the far client did not send')
    },
    close: async () => {
      await thread.terminate()
    },
  }
}
