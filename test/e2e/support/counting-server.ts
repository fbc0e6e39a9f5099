import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

const opened: CountingServer[] = []

/** One that `closeCountingServers` closes. */
export const openCountingServer = async (): Promise<CountingServer> => {
  const server = await CountingServer.open()
  opened.push(server)
  return server
}

/** For `afterEach`, once no proxy is left. */
export const closeCountingServers = async (): Promise<void> => {
  for (const server of opened.splice(0)) await server.close()
}

/** A server that knows how many connections live at it: those that neither it nor the proxy has ended. */
export class CountingServer {
  readonly living = new Set<Socket>()
  accepted = 0
  /** The most that lived at one time. */
  highest = 0
  /** Gets each connection, once it is counted. */
  onConnection: (socket: Socket) => void = () => {}
  readonly #server: Server

  static async open(): Promise<CountingServer> {
    const server = new CountingServer()
    await once(server.#server, 'listening')
    return server
  }

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket)).listen(0, '127.0.0.1')
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends a connection. It does not count from now on: the proxy can only hear of it later. */
  end(socket: Socket, how: 'fin' | 'rst'): void {
    if (!this.living.delete(socket)) return
    if (how === 'fin') socket.end()
    else socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    for (const socket of this.living) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket: Socket): void {
    this.accepted += 1
    this.living.add(socket)
    this.highest = Math.max(this.highest, this.living.size)
    const left = () => this.living.delete(socket)
    // What is sent comes back: so a client knows that it was served.
    socket.on('data', (piece) => socket.write(piece))
    socket.on('error', left).on('end', left).on('close', left)
    this.onConnection(socket)
  }
}
