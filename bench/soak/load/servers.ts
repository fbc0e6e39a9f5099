import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { HEAD_BYTES } from '../plan/plan.ts'
import { Random } from '../plan/random.ts'
import type { Road } from '../plan/road.ts'
import { answerCheck, isCheck } from './answer-check.ts'
import { ByteSource, unmangled } from './byte-source.ts'
import { Endpoint } from './endpoint.ts'
import { ReceivedHeader } from './proxy-header.ts'

/** What a server sends that `resets` at once after it has accepted. */
export const HASTY_BYTES = 3000
/** Nobody listens there. */
const REFUSES = '127.0.0.1:1'
const LONGEST_GREETING = 40_000
const LONGEST_ANSWER_TO_STRANGERS = 5000

/** Receives the connections that reach a server. */
export interface Guests {
  /** The client has sent its number. Takes over the endpoint once it is `ready`. */
  arrived(number: number, road: Road, endpoint: Endpoint, ready: Promise<void>): void
  /** A client sent FIN and nothing else. */
  leftSilently(road: Road): void
  /** A FIN came before the client had sent its whole number. */
  cutShort(road: Road, bytes: number): void
}

/** One server per road or two, in this process. */
export class Servers {
  /** By the road's name, as in the config. */
  readonly addresses = new Map<string, readonly string[]>()
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #random = new Random(1)
  #guests: Guests | undefined

  static async open(roads: readonly Road[], folder: string): Promise<Servers> {
    const servers = new Servers()
    for (const road of roads) servers.addresses.set(road.name, await servers.#openAll(road, folder))
    return servers
  }

  /** Until then no connection arrives. */
  receiveFor(guests: Guests): void {
    this.#guests = guests
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  async #openAll(road: Road, folder: string): Promise<string[]> {
    const addresses = [await this.#listen(road, folder, 0)]
    if (road.keys === 'health' || road.keys === 'retries') addresses.push(await this.#listen(road, folder, 1))
    if (road.keys === 'retries') addresses.push(REFUSES)
    return addresses
  }

  async #listen(road: Road, folder: string, index: number): Promise<string> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      this.#welcome(road, socket, index)
    })
    this.#servers.push(server)
    if (road.server === 'unix') server.listen({ path: join(folder, `${road.name}-${index}.sock`), backlog: 4096 })
    else server.listen({ host: road.server === 'ipv4' ? '127.0.0.1' : '::1', port: 0, backlog: 4096 })
    await once(server, 'listening')
    const address = server.address()
    if (address === null) throw new Error(`the server of ${road.name} does not listen`)
    if (typeof address === 'string') return `unix:${address}`
    return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
  }

  #welcome(road: Road, socket: Socket, index: number): void {
    const endpoint = new Endpoint(socket, road.server, ByteSource.ofStranger())
    if (road.keys === 'proxyProtocol') endpoint.header = new ReceivedHeader()
    if (road.manner === 'resets') {
      void endpoint.send(HASTY_BYTES, HASTY_BYTES).then(() => endpoint.settle().then(() => endpoint.reset()))
      return
    }
    const greeting = road.manner === 'greets' ? this.#random.size(LONGEST_GREETING) : 0
    const ready = endpoint.send(greeting, LONGEST_GREETING)
    let head: Buffer = Buffer.alloc(0)
    endpoint.onStranger = (piece) => {
      head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES - head.length)])
      if (head.length < HEAD_BYTES) return
      if (isCheck(head)) return answerCheck(socket, index)
      const number = (road.inspection === 'mangle' ? unmangled(head) : head).readUInt32BE()
      this.#guests?.arrived(number, road, endpoint, ready)
    }
    socket.once('end', () => {
      if (endpoint.expects === undefined && !isCheck(head)) void ready.then(() => this.#dismiss(road, endpoint))
    })
  }

  /** The client has ended without sending its number. */
  async #dismiss(road: Road, endpoint: Endpoint): Promise<void> {
    if (endpoint.received > 0) this.#guests?.cutShort(road, endpoint.received)
    else this.#guests?.leftSilently(road)
    await endpoint.send(this.#random.size(LONGEST_ANSWER_TO_STRANGERS), LONGEST_ANSWER_TO_STRANGERS)
    endpoint.fin()
  }
}
