import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { InheritedSocket } from '../ipc/messages.ts'

const WORKER_FILE = fileURLToPath(new URL('../worker/main.js', import.meta.url))

/** stdin, stdout, stderr and the channel to the primary come before the listening sockets. */
const STDIO = ['ignore', 'inherit', 'inherit', 'ipc'] as const

/** Makes every worker that is forked from now on inherit these sockets, whose descriptors are the primary's. */
export const prepareForks = (sockets: readonly InheritedSocket[]): void =>
  cluster.setupPrimary({
    exec: WORKER_FILE,
    args: [],
    // JSON would turn an `Infinity` of the config into null.
    serialization: 'advanced',
    stdio: [...STDIO, ...sockets.map(({ descriptor }) => descriptor)],
  })

/** The same sockets with their descriptors in a worker. */
export const inherited = (sockets: readonly InheritedSocket[]): InheritedSocket[] =>
  sockets.map(({ listener }, index) => ({ listener, descriptor: STDIO.length + index }))
