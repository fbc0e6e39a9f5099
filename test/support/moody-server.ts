import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/**
 * `serve`: what it gets comes back. `stall`: it accepts and never answers. `reset`: it accepts and resets at once.
 * `refuse`: nobody listens.
 */
export type Mood = 'serve' | 'stall' | 'reset' | 'refuse'

/** A server on one port that behaves as a test wants. A change ends the connections that it has. */
export class MoodyServer {
  accepted = 0
  readonly living = new Set<Socket>()
  /** How long connections lived that were ended by the other side, in ms. */
  readonly lives: number[] = []
  /** Gets each connection while it stalls. */
  onStall: (socket: Socket) => void = () => {}
  readonly #server: Server
  #where: { port: number; host: string } | { path: string }
  #mood: Mood = 'refuse'

  static async open(mood: Mood = 'serve', path?: string): Promise<MoodyServer> {
    const server = new MoodyServer(path)
    await server.become('stall')
    await server.become(mood)
    return server
  }

  private constructor(path: string | undefined) {
    this.#where = path === undefined ? { port: 0, host: '127.0.0.1' } : { path }
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  get address(): string {
    return 'path' in this.#where ? `unix:${this.#where.path}` : `${this.#where.host}:${this.#where.port}`
  }

  async become(mood: Mood): Promise<void> {
    const before = this.#mood
    this.#mood = mood
    for (const socket of this.living) socket.destroy()
    if (mood === 'refuse' && before !== 'refuse') await new Promise((resolve) => this.#server.close(resolve))
    if (mood === 'refuse' || before !== 'refuse') return
    await once(this.#server.listen(this.#where), 'listening')
    if ('port' in this.#where) this.#where = { ...this.#where, port: (this.#server.address() as AddressInfo).port }
  }

  /** From now on it stalls, but for the connections that it has. */
  stallNext(): void {
    this.#mood = 'stall'
  }

  /** From now on it refuses, but the connections that it has go on. */
  refuseNext(): void {
    this.#mood = 'refuse'
    this.#server.close()
  }

  close(): Promise<void> {
    return this.become('refuse')
  }

  #accept(socket: Socket): void {
    const since = performance.now()
    this.accepted += 1
    this.living.add(socket)
    let isEndedHere = false
    socket
      .on('error', () => {})
      .on('close', () => {
        this.living.delete(socket)
        if (!isEndedHere) this.lives.push(performance.now() - since)
      })
    if (this.#mood === 'reset') {
      isEndedHere = true
      socket.resetAndDestroy()
    } else if (this.#mood === 'stall') this.onStall(socket.resume())
    else socket.on('data', (piece) => socket.write(piece))
  }
}
