import net from 'node:net'
import type { BoundSocket, EngineEvents, Listening, Peer } from '../engine.ts'
import { type EndingSocket, lastClientsAccepted } from '../listening/last-clients.ts'
import { ListenedSocket } from '../listening/listened-socket.ts'
import { descriptorOf, listenOn } from './socket/node-internals.ts'
import { PeerSocket } from './socket/peer-socket.ts'
import type { SocketCalls } from './socket/socket-calls.ts'

/** The kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096
export const KEEPALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 }
const OPTIONS = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, ...KEEPALIVE }

/** Accepts on a listening socket that other processes accept on as well. */
export class StreamsListening implements Listening, EndingSocket {
  accepted = 0
  readonly #server: net.Server
  readonly #descriptor: number
  readonly #socket: ListenedSocket
  readonly #calls: SocketCalls

  constructor(
    socket: BoundSocket,
    onClient: (client: Peer) => void,
    { onAcceptError }: EngineEvents,
    calls: SocketCalls,
  ) {
    this.#calls = calls
    this.#descriptor = typeof socket === 'number' ? socket : socket.fd
    this.#socket = new ListenedSocket(this.#descriptor)
    this.#server = net.createServer(OPTIONS, (accepted) => {
      this.accepted += 1
      const client = PeerSocket.adopt(accepted)
      const own = client.isUnix ? descriptorOf(client) : undefined
      if (own !== undefined) calls.keepUrgentInline(own)
      onClient(client)
    })
    this.#server.on('error', (error: NodeJS.ErrnoException) => onAcceptError(error))
    // TCP sockets inherit it, unix sockets do not.
    calls.keepUrgentInline(this.#descriptor)
    listenOn(this.#server, socket, BACKLOG)
  }

  get isClosed(): boolean {
    return !this.#server.listening
  }

  async finish(withinMs: number): Promise<void> {
    if (this.isClosed) return
    if (this.#socket.goesOn) return this.close()
    await lastClientsAccepted(this, this.#calls.holdOffNewClients(this.#descriptor), withinMs)
    this.close()
  }

  close(): void {
    this.#socket.end()
    this.#server.close()
  }
}
