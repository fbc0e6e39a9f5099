import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../../src/config/fields/address.ts'
import type { Engine, Listening, Peer, Relay, RelayEnd, Side, Tap } from '../../src/engine/engine.ts'
import { openListeningSocket } from '../../src/engine/listening/listening-socket.ts'
import { newMeter } from '../../src/engine/meter.ts'
import { Endpoint } from './endpoint.ts'
import { Queue } from './queue.ts'

export type Transport = 'ipv4' | 'ipv6' | 'unix'

/** One end of a connection twice: the test's own socket, and the engine's peer for it. */
export interface Half {
  readonly endpoint: Endpoint
  readonly peer: Peer
}

/** A relayed connection: client ⇄ relay ⇄ upstream. */
export interface Connection {
  readonly client: Endpoint
  readonly upstream: Endpoint
  readonly relay: Relay
  /** How the relay ended, after the peers were told: FIN for `completed`, RST for the rest, as the proxy does it. */
  readonly ended: Promise<RelayEnd>
}

/**
 * An engine between a client and an upstream, both plain node:net sockets of the test.
 *
 *     client (Endpoint) ── listening · engine.relay · engine.dial ── server (Endpoint)
 */
export class RelayHarness {
  readonly engine: Engine
  /** Where the upstream's server listens. */
  readonly server: Address
  /** Clients that the engine accepted and nobody asked for yet. */
  readonly accepted = new Queue<Peer>()
  readonly #served = new Queue<Socket>()
  readonly #listenAddress: Address
  readonly #listening: Listening
  readonly #upstream: Server
  readonly #directory: string
  readonly #sockets = new Set<Socket>()
  readonly #peers = new Set<Peer>()
  readonly #relays = new Set<Relay>()
  #lastConnect: Promise<unknown> = Promise.resolve()

  static async open(engine: Engine, transport: Transport = 'ipv4'): Promise<RelayHarness> {
    const directory = mkdtempSync(join(tmpdir(), 'copyloop-test-'))
    const place = (name: string): Address =>
      transport === 'unix'
        ? { kind: 'unix', path: join(directory, name) }
        : { kind: 'tcp', host: transport === 'ipv4' ? '127.0.0.1' : '::1', port: 0 }
    const upstream = createServer({ allowHalfOpen: true, noDelay: true })
    upstream.listen(connectOptions(place('upstream')))
    await once(upstream, 'listening')
    const bound = upstream.address()
    if (bound === null) throw new Error('the upstream does not listen')
    const server: Address =
      typeof bound === 'string' ? { kind: 'unix', path: bound } : { kind: 'tcp', host: bound.address, port: bound.port }
    const { handle, address } = await openListeningSocket(place('listener'))
    return new RelayHarness(engine, handle.fd, address, upstream, server, directory)
  }

  private constructor(
    engine: Engine,
    descriptor: number,
    listenAddress: Address,
    upstream: Server,
    server: Address,
    directory: string,
  ) {
    this.engine = engine
    this.server = server
    this.#listenAddress = listenAddress
    this.#upstream = upstream.on('connection', (socket) => this.#served.push(this.#own(socket)))
    this.#directory = directory
    const onClient = (peer: Peer): void => {
      this.#peers.add(peer)
      this.accepted.push(peer)
    }
    const onAcceptError = (error: Error): void => {
      throw error
    }
    this.#listening = engine.listen(descriptor, onClient, { onAcceptError })
  }

  /** Where a client connects to. */
  get target(): NetConnectOpts {
    return connectOptions(this.#listenAddress)
  }

  /** A client that begins to connect. */
  openClient(): Socket {
    return this.#own(connect({ ...this.target, allowHalfOpen: true, noDelay: true }))
  }

  /** A client that is connected and accepted, and belongs to no relay. One at a time. */
  async accept(): Promise<Half> {
    const endpoint = new Endpoint(this.openClient(), 'client')
    const [peer] = await Promise.all([this.accepted.next(), once(endpoint.socket, 'connect')])
    return { endpoint, peer }
  }

  /** A connection to the upstream that belongs to no relay. One at a time. */
  async dial(): Promise<Half> {
    const [peer, socket] = await Promise.all([this.engine.dial(this.server).peer, this.#served.next()])
    this.#peers.add(peer)
    return { endpoint: new Endpoint(socket, 'upstream'), peer }
  }

  /** Starts the relay, and does at its end what the proxy does. */
  join(client: Peer, upstream: Peer, tap?: Tap): { relay: Relay; ended: Promise<RelayEnd> } {
    let onRelayEnd: (end: RelayEnd) => void = () => {}
    const ended = new Promise<RelayEnd>((resolve) => {
      onRelayEnd = (end) => {
        for (const peer of [client, upstream]) end.how === 'completed' ? peer.close() : peer.reset()
        resolve(end)
      }
    })
    const relay = this.engine.relay(client, upstream, { onRelayEnd }, newMeter(), tap)
    this.#relays.add(relay)
    relay.start()
    return { relay, ended }
  }

  /**
   * A whole connection. Calls queue up, so that the three sockets that belong together are found.
   *
   * @param before what is done with both ends before the relay begins
   */
  connect(tap?: Tap, before?: (halves: Record<Side, Half>) => Promise<void>): Promise<Connection> {
    const connection = this.#lastConnect.then(async () => {
      const halves = { client: await this.accept(), upstream: await this.dial() }
      await before?.(halves)
      const { client, upstream } = halves
      return { client: client.endpoint, upstream: upstream.endpoint, ...this.join(client.peer, upstream.peer, tap) }
    })
    this.#lastConnect = connection.catch(() => {})
    return connection
  }

  /** Stops accepting; what lives goes on. */
  stopListening(): void {
    this.#listening.close()
  }

  /** Stops accepting once the clients that wait are accepted. */
  finishListening(withinMs: number): Promise<void> {
    return this.#listening.finish(withinMs)
  }

  async close(): Promise<void> {
    this.#listening.close()
    for (const relay of this.#relays) relay.stop()
    for (const peer of this.#peers) peer.reset()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#upstream.close(resolve))
    rmSync(this.#directory, { recursive: true })
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }
}

const connectOptions = (address: Address): NetConnectOpts =>
  address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
