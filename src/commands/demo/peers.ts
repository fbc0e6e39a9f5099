/**
 * Both ends of the demo's connections, in a process of their own: two HTTP servers behind the proxy, and clients before it.
 * It sends the ports of the servers to its parent, and ends with it.
 */
import type { Address } from '../../config/fields/address.ts'
import { Clients } from './clients.ts'
import { openServer, portOf } from './servers.ts'

export interface Ports {
  readonly ports: readonly number[]
}

/** The proxy is there, and somebody looks at it, or does not any more. */
export interface Watched {
  readonly proxy: Address
  readonly isWatched: boolean
}

// ^C and a hang-up reach the whole process group; the servers must still answer while the proxy drains.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
process.once('disconnect', () => process.exit(0))

let clients: Clients | undefined
process.on('message', ({ proxy, isWatched }: Watched) => {
  clients ??= new Clients(proxy)
  if (isWatched) clients.start()
  else clients.stop()
})

const ports = [await openServer(), await openServer()].map(portOf)
process.send?.({ ports } satisfies Ports)
