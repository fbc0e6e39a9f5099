import { type Address, formatAddress, systemPath } from '../../config/fields/address.ts'
import type { Dialling, Engine, Peer, RelayOwner, Tap } from '../engine.ts'
import type { Meter } from '../meter.ts'
import { MOST_SELF_CONNECTS, mayConnectToItself, refusedBySelfConnect } from '../self-connect.ts'
import { KEEPALIVE, StreamsListening } from './listening.ts'
import { StreamsRelay } from './relay.ts'
import { descriptorOf, resetWhenDestroyed } from './socket/node-internals.ts'
import { PeerSocket } from './socket/peer-socket.ts'
import type { SocketCalls } from './socket/socket-calls.ts'

const NO_CALLS: SocketCalls = { keepUrgentInline: () => {}, holdOffNewClients: () => false }

/**
 * The portable engine on node:net: it runs everywhere and is the reference for what a relay promises.
 *
 * @param calls where system calls can be made; without them urgent bytes are left out
 */
export const openStreamsEngine = (calls = NO_CALLS): Engine => ({
  name: 'streams',
  handOver: undefined,
  listen: (socket, onClient, events) => new StreamsListening(socket, onClient, events, calls),
  dial: (address) => new StreamsDialling(address, calls.keepUrgentInline),
  // Whoever got a peer from this engine got a PeerSocket.
  relay: (client: Peer, upstream: Peer, owner: RelayOwner, meter: Meter, tap?: Tap) =>
    new StreamsRelay(client as PeerSocket, upstream as PeerSocket, owner, meter, tap),
})

/** A connect under way. */
class StreamsDialling implements Dialling {
  readonly peer: Promise<Peer>
  readonly #address: Address
  readonly #keepUrgentInline: SocketCalls['keepUrgentInline']
  #socket!: PeerSocket
  #selfConnects = 0

  constructor(address: Address, keepUrgentInline: SocketCalls['keepUrgentInline']) {
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
    if (address.kind === 'unix') socket.connect(systemPath(address.path))
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
