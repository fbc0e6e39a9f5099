import net from 'node:net'
import { type Address, formatAddress } from '../../config/fields/address.ts'
import type { BoundSocket, Dialling, Engine, EngineEvents, Listening, Peer, RelayOwner, Tap } from '../engine.ts'
import type { Meter } from '../meter.ts'
import { listenOn } from './node-internals.ts'
import { PeerSocket } from './peer-socket.ts'
import { StreamsRelay } from './relay.ts'

/** The kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096
const KEEPALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 }

/** The portable engine on node:net: it runs everywhere and is the reference for what a relay promises. */
export const openStreamsEngine = (): Engine => ({
  name: 'streams',
  listen,
  dial,
  // Whoever got a peer from this engine got a PeerSocket.
  relay: (client: Peer, upstream: Peer, owner: RelayOwner, meter: Meter, tap?: Tap) =>
    new StreamsRelay(client as PeerSocket, upstream as PeerSocket, owner, meter, tap),
})

const listen = (socket: BoundSocket, onClient: (client: Peer) => void, events: EngineEvents): Listening => {
  const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, ...KEEPALIVE }
  const server = net.createServer(options, (accepted) => onClient(PeerSocket.adopt(accepted)))
  server.on('error', (error: NodeJS.ErrnoException) => events.onAcceptError(error))
  listenOn(server, socket, BACKLOG)
  return { close: () => void server.close() }
}

const dial = (address: Address): Dialling => {
  const socket = new PeerSocket(formatAddress(address))
  const peer = new Promise<Peer>((resolve, reject) => {
    socket.onGone = (error) => {
      socket.onGone = undefined
      reject(error)
    }
    socket.once('connect', () => {
      socket.onGone = undefined
      resolve(socket)
    })
  })
  socket.setNoDelay(true).setKeepAlive(true, KEEPALIVE.keepAliveInitialDelay)
  if (address.kind === 'unix') socket.connect(address.path)
  else socket.connect(address.port, address.host)
  return {
    peer,
    cancel: (error) => {
      if (socket.connecting) socket.destroy(error)
    },
  }
}
