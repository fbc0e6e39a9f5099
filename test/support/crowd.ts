import { once } from 'node:events'
import type { NetConnectOpts } from 'node:net'
import { Worker } from 'node:worker_threads'

/** Clients in a thread of their own, so that they do not keep the thread of a test from its work. */
export interface Crowd {
  /** Connections so far: a client that is closed comes back. */
  readonly opened: number
  leave(): Promise<void>
}

/** Each client connects, sends one of the texts, and reads nothing. Resolves once as many as `count` have connected. */
export const gatherCrowd = async (target: NetConnectOpts, count: number, texts: readonly string[]): Promise<Crowd> => {
  const opened = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { target, count, texts, opened }
  const thread = new Worker(new URL('./crowd-thread.mjs', import.meta.url), { workerData })
  await once(thread, 'message')
  return {
    get opened() {
      return Atomics.load(opened, 0)
    },
    leave: async () => {
      await thread.terminate()
    },
  }
}
