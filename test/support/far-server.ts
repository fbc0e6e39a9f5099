import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Address } from '../../src/config/fields/address.ts'

/**
 * A server in another thread: it accepts, answers and resets at once. `sleepUntilReset` returns when it has done so, and
 * this thread has slept meanwhile: an engine in it hears of the connect, the answer and the reset in one event.
 */
export interface FarServer {
  readonly address: Address
  sleepUntilReset(): void
  close(): Promise<void>
}

export const openFarServer = async (answer: string, then: 'reset' | 'fin and reset'): Promise<FarServer> => {
  const done = new SharedArrayBuffer(4)
  const flag = new Int32Array(done)
  const thread = new Worker(new URL('./far-server-thread.mjs', import.meta.url), { workerData: { answer, then, done } })
  const [port] = (await once(thread, 'message')) as [number]
  return {
    address: { kind: 'tcp', host: '127.0.0.1', port },
    sleepUntilReset: () => {
      if (Atomics.wait(flag, 0, 0, 5_000) === 'timed-out') throw new Error('nobody connected to the far server')
      Atomics.store(flag, 0, 0)
    },
    close: async () => {
      await thread.terminate()
    },
  }
}
