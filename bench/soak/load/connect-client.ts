import { connect, type Socket } from 'node:net'
import type { Transport } from '../plan/road.ts'
import type { Lane } from './lanes.ts'

/** Below the ports that the kernel gives out by itself (ip_local_port_range). */
const FIRST_PORT = 10_000
const PORTS = 10_000
const ATTEMPTS = 50

let nextPort = 0

/**
 * Connects a client from an address that has not been used for long: by its address its log line is found, and the line
 * of the one before may still be under way. On IPv4 that is one of 62,500 loopback addresses, on IPv6, which has only
 * one, a port.
 */
export const connectClient = async (transport: Transport, lane: Lane, number: number): Promise<Socket> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectFrom(localEnd(transport, number), lane)
    } catch (error) {
      // Another program's port, or one that is still in TIME_WAIT.
      const taken = ['EADDRINUSE', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')
      if (!taken || attempt === ATTEMPTS) throw error
    }
  }
}

/** The client's address, as the log writes it. */
export const clientName = (socket: Socket, transport: Transport): string => {
  if (transport === 'unix') return 'unix:'
  const { localAddress, localPort } = socket
  return transport === 'ipv6' ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`
}

const localEnd = (transport: Transport, number: number): { localAddress?: string; localPort?: number } => {
  if (transport === 'unix') return {}
  if (transport === 'ipv4') return { localAddress: `127.${1 + (number % 250)}.${Math.floor(number / 250) % 250}.1` }
  return { localAddress: '::1', localPort: FIRST_PORT + (nextPort++ % PORTS) }
}

const connectFrom = (local: object, { target }: Lane): Promise<Socket> => {
  const socket = connect({ ...target, ...local, allowHalfOpen: true, noDelay: true })
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)))
  })
}
