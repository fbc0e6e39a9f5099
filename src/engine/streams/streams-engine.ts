import net from 'node:net'
import { type Address, formatAddress } from '../../config/fields/address.ts'
import type { BoundSocket, Dialling, Engine, EngineEvents, Listening, Peer, RelayOwner, Tap } from '../engine.ts'
import type { Meter } from '../meter.ts'
import { MOST_SELF_CONNECTS, mayConnectToItself, refusedBySelfConnect } from '../self-connect.ts'
import { StreamsRelay } from './relay.ts'
import { descriptorOf, listenOn, resetWhenDestroyed } from './socket/node-internals.ts'
import { PeerSocket } from './socket/peer-socket.ts'

/** The kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096
const KEEPALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 }

/** Makes a socket keep an urgent byte in its place in the stream: node:net cannot. */
export type KeepUrgentInline = (descriptor: number) => void

/**
 * The portable engine on node:net: it runs everywhere and is the reference for what a relay promises.
 *
 * @param keepUrgentInline where system calls can be made; without it urgent bytes are left out
 */
export const openStreamsEngine = (keepUrgentInline: KeepUrgentInline = () => {}): Engine => ({
  name: 'streams',
  listen: (socket, onClient, events) => listen(socket, onClient, events, keepUrgentInline),
  dial: (address) => new StreamsDialling(address, keepUrgentInline),
  // Whoever got a peer from this engine got a PeerSocket.
  relay: (client: Peer, upstream: Peer, owner: RelayOwner, meter: Meter, tap?: Tap) =>
    new StreamsRelay(client as PeerSocket, upstream as PeerSocket, owner, meter, tap),
})

const listen = (
  socket: BoundSocket,
  onClient: (client: Peer) => void,
  events: EngineEvents,
  keepUrgentInline: KeepUrgentInline,
): Listening => {
  const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, ...KEEPALIVE }
  const server = net.createServer(options, (accepted) => {
    const client = PeerSocket.adopt(accepted)
    const own = client.isUnix ? descriptorOf(client) : undefined
    if (own !== undefined) keepUrgentInline(own)
    onClient(client)
  })
  server.on('error', (error: NodeJS.ErrnoException) => events.onAcceptError(error))
  // TCP sockets inherit it, unix sockets do not.
  keepUrgentInline(typeof socket === 'number' ? socket : socket.fd)
  listenOn(server, socket, BACKLOG)
  return { close: () => void server.close() }
}

/** A connect under way. */
class StreamsDialling implements Dialling {
  readonly peer: Promise<Peer>
  readonly #address: Address
  readonly #keepUrgentInline: KeepUrgentInline
  #socket!: PeerSocket
  #selfConnects = 0

  constructor(address: Address, keepUrgentInline: KeepUrgentInline) {
    this.#address = address
    this.#keepUrgentInline = keepUrgentInline
    this.peer = new Promise((resolve, reject) => this.#begin(resolve, reject))
  }

  #begin(resolve: (peer: Peer) => void, reject: (error: Error) => void): void {
    const address = this.#address
    const socket = new PeerSocket(formatAddress(address))
    this.#socket = socket
    socket.onGone = (error) => {
      socket.onGone = undefined
      reject(error)
    }
    const reached = (): void => {
      socket.onGone = undefined
      socket.onAnswer = undefined
      if (!isConnectedToItself(socket, address)) return resolve(socket)
      // A FIN would keep the port from the server for a minute (TIME_WAIT).
      socket.reset()
      if (++this.#selfConnects < MOST_SELF_CONNECTS) this.#begin(resolve, reject)
      else reject(refusedBySelfConnect(address))
    }
    socket.once('connect', reached)
    // A server that answers and resets at once has reset before we hear of the connect.
    socket.onAnswer = reached
    socket.setNoDelay(true).setKeepAlive(true, KEEPALIVE.keepAliveInitialDelay)
    if (address.kind === 'unix') socket.connect(address.path)
    else socket.connect(address.port, address.host)
    process.nextTick(() => this.#atBirth(socket))
  }

  /** The connect has begun, and so there is a descriptor; no byte can have come. */
  #atBirth(socket: PeerSocket): void {
    const descriptor = descriptorOf(socket)
    if (descriptor !== undefined) this.#keepUrgentInline(descriptor)
  }

  cancel(error: Error): void {
    if (!this.#socket.connecting) return
    // The server may have accepted it already, and must not take the end for a whole conversation.
    resetWhenDestroyed(this.#socket)
    this.#socket.destroy(error)
  }
}

/** Compares the ports first: they are the same only by chance. */
const isConnectedToItself = (socket: PeerSocket, address: Address): boolean =>
  address.kind === 'tcp' &&
  mayConnectToItself(address.port) &&
  socket.localPort === address.port &&
  socket.localAddress === socket.remoteAddress
