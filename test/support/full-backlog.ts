import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Address } from '../../src/config/fields/address.ts'

/** Far above what a connect over loopback takes, far below the first retry of a SYN (1 s). */
const CONNECT_MS = 250

export interface FullBacklog {
  readonly address: Address
  close(): Promise<void>
}

/** A server whose accept queue is full: Linux drops each further SYN, so that a connect to it hangs for minutes. */
export const openFullBacklog = async (): Promise<FullBacklog> => {
  const thread = new Worker(new URL('./full-backlog-thread.mjs', import.meta.url))
  const [port]: [number] = (await once(thread, 'message')) as [number]
  const queued: Socket[] = []
  for (let full = false; !full; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    queued.push(socket)
    const connected = once(socket, 'connect').then(() => true)
    full = !(await Promise.race([connected, pause(CONNECT_MS, false)]))
    if (queued.length > 16) throw new Error('the backlog does not fill')
  }
  return {
    address: { kind: 'tcp', host: '127.0.0.1', port },
    close: async () => {
      for (const socket of queued) socket.destroy()
      await thread.terminate()
    },
  }
}
