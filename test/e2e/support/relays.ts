import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Endpoint } from '../../support/endpoint.ts'
import { Queue } from '../../support/queue.ts'
import { Random } from '../../support/random.ts'
import { until, within } from '../../support/until.ts'

/** What a connection is doing when something happens to it. */
export type State = keyof typeof STATES

/** A connection through a proxy, both of whose ends are the test's. Each end checks every byte of the other. */
export interface RelayedConnection {
  readonly state: State
  readonly client: Endpoint
  readonly upstream: Endpoint
}

const BULK = 6 * 2 ** 20
/** More than any pipe and both kernels hold. */
const TOO_MUCH = 24 * 2 ** 20

/** Brings a new connection into each state, and what it does then until it has ended. */
const STATES = {
  idle: { begin: async () => {}, goOn: async (one: RelayedConnection) => exchange(one, 1_000) },
  bulkBothWays: {
    begin: async (one: RelayedConnection) => void sendBoth(one, BULK),
    goOn: async (one: RelayedConnection) => {
      await until('all bytes', () => one.client.received === BULK && one.upstream.received === BULK, 30_000)
      await exchange(one, 10)
    },
  },
  pipeFull: {
    begin: async (one: RelayedConnection) => {
      for (const end of [one.client, one.upstream]) end.pause()
      void sendBoth(one, TOO_MUCH)
      await until('nothing moves', stillness(one))
    },
    goOn: async (one: RelayedConnection) => {
      for (const end of [one.client, one.upstream]) end.resume()
      await until('all bytes', () => one.client.received === TOO_MUCH && one.upstream.received === TOO_MUCH, 30_000)
      await exchange(one, 10)
    },
  },
  slowReader: {
    begin: async (one: RelayedConnection) => {
      one.client.pause()
      void one.upstream.sendAll(TOO_MUCH, new Random(3))
      await one.client.take(2 ** 20)
    },
    goOn: async (one: RelayedConnection) => {
      while (one.client.received < TOO_MUCH - 4 * 2 ** 20) await one.client.take(2 ** 20)
      one.client.resume()
      await until('all bytes', () => one.client.received === TOO_MUCH, 30_000)
      await exchange(one, 10)
    },
  },
  clientFin: {
    begin: async (one: RelayedConnection) => {
      one.client.fin(100)
      await until('the FIN has come', () => one.upstream.sawFin)
    },
    goOn: async (one: RelayedConnection) => {
      await one.upstream.sendAll(BULK, new Random(4))
      one.upstream.fin()
      await expectFin(one.client, one.upstream)
    },
  },
  upstreamFin: {
    begin: async (one: RelayedConnection) => {
      one.upstream.fin(100)
      await until('the FIN has come', () => one.client.sawFin)
    },
    goOn: async (one: RelayedConnection) => {
      await one.client.sendAll(BULK, new Random(5))
      one.client.fin()
      await expectFin(one.upstream, one.client)
    },
  },
  /** The upstream has reset, and the client has yet to take what it had sent before. */
  resetPending: {
    begin: async (one: RelayedConnection) => {
      one.client.pause()
      void one.upstream.sendAll(TOO_MUCH, new Random(6))
      await until('nothing moves', stillness(one))
      one.upstream.reset()
    },
    goOn: async (one: RelayedConnection) => {
      one.client.resume()
      const how = await within('the reset', one.client.receivedAll, 20_000)
      if (how === 'FIN' || one.client.wrongAt !== undefined) throw new Error(`the client saw ${how}`)
    },
  },
} as const satisfies Record<
  string,
  { begin(one: RelayedConnection): Promise<void>; goOn(one: RelayedConnection): Promise<void> }
>
export const ALL_STATES = Object.keys(STATES) as readonly State[]

const goOn = async (one: RelayedConnection): Promise<void> => {
  try {
    await STATES[one.state].goOn(one)
  } catch (error) {
    throw new Error(`${one.state}: ${(error as Error).message}`)
  }
}

/** Both ends have seen a reset, and no FIN but one that the other end has sent. */
const untilReset = async ({ client, state, upstream }: RelayedConnection): Promise<void> => {
  await until(`a reset (${state})`, () => [client, upstream].every(({ socket }) => socket.destroyed), 30_000)
  for (const [end, mayHaveFin] of [
    [client, state === 'upstreamFin'],
    [upstream, state === 'clientFin'],
  ] as const) {
    if (end.wrongAt !== undefined) throw new Error(`${state}: wrong at ${end.wrongAt}`)
    if (end.sawFin && !mayHaveFin) throw new Error(`${state}: a FIN`)
  }
}

const exchange = async ({ client, upstream }: RelayedConnection, size: number): Promise<void> => {
  client.fin(size)
  await expectFin(upstream, client)
  upstream.fin(size)
  await expectFin(client, upstream)
}

const expectFin = async (receiver: Endpoint, sender: Endpoint): Promise<void> => {
  const how = await within('the FIN', receiver.receivedAll, 30_000)
  if (how !== 'FIN' || receiver.wrongAt !== undefined || receiver.received !== sender.sent)
    throw new Error(`${how}; ${receiver.received} of ${sender.sent} bytes, wrong at ${receiver.wrongAt}`)
}

const sendBoth = async ({ client, upstream }: RelayedConnection, size: number): Promise<void> => {
  await Promise.all([client.sendAll(size, new Random(1)), upstream.sendAll(size, new Random(2))])
}

/** Holds once neither end has got rid of a byte for a while. */
const stillness = ({ client, upstream }: RelayedConnection) => {
  let before = -1
  let sinceMs = performance.now()
  return () => {
    const written = client.socket.bytesWritten - client.socket.writableLength
    const moved = written + upstream.socket.bytesWritten - upstream.socket.writableLength
    if (moved !== before) [before, sinceMs] = [moved, performance.now()]
    return performance.now() - sinceMs > 150
  }
}

/** Opens connections through a proxy to a server of its own. */
export class Relays {
  readonly all: RelayedConnection[] = []
  readonly #server: Server
  readonly #served = new Queue<Socket>()
  readonly #sockets = new Set<Socket>()
  #last: Promise<unknown> = Promise.resolve()

  static async open(): Promise<Relays> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new Relays(server)
  }

  private constructor(server: Server) {
    this.#server = server.on('connection', (socket) => this.#served.push(this.#own(socket)))
  }

  /** Where its server listens. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** A new connection, once it is in its state. */
  async add(state: State, proxy: string): Promise<RelayedConnection> {
    const pair = this.#last.then(() => this.#pair(proxy))
    this.#last = pair.catch(() => {})
    const one = { state, ...(await pair) }
    this.all.push(one)
    await STATES[state].begin(one)
    return one
  }

  /** `count` of each of these states. */
  async addAll(states: readonly State[], count: number, proxy: string): Promise<void> {
    await Promise.all(states.flatMap((state) => Array.from({ length: count }, () => this.add(state, proxy))))
  }

  /** One after another, so that the two ends that belong together are found. */
  async #pair(proxy: string): Promise<Omit<RelayedConnection, 'state'>> {
    const port = Number(proxy.slice(proxy.lastIndexOf(':') + 1))
    const socket = this.#own(connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true }))
    const served = this.#served.next()
    await once(socket, 'connect')
    const upstream = new Endpoint(await within('the server has it', served), 'upstream')
    return { client: new Endpoint(socket, 'client'), upstream }
  }

  /** Each does what is left of its state, to its end. @throws Error with the first byte, FIN or RST that is wrong */
  async goOn(): Promise<void> {
    await Promise.all(this.all.map(goOn))
  }

  /**
   * The same, where connections may have been cut: those must have been reset.
   *
   * @returns how many of each state were whole, and how many were cut
   * @throws Error if one was neither
   */
  async goOnOrReset(): Promise<Record<string, { whole: number; cut: number }>> {
    const table: Record<string, { whole: number; cut: number }> = {}
    for (const state of ALL_STATES) table[state] = { whole: 0, cut: 0 }
    await Promise.all(
      this.all.map(async (one) => {
        const row = table[one.state] ?? { whole: 0, cut: 0 }
        const whole = goOn(one).then(() => true)
        const cut = untilReset(one).then(() => false)
        // Whatever comes second has no meaning.
        for (const late of [whole, cut]) late.catch(() => {})
        if (await Promise.any([whole, cut])) row.whole += 1
        else row.cut += 1
      }),
    )
    return table
  }

  /** Bytes that have arrived at these ends of all. */
  received(end: 'client' | 'upstream'): number {
    return this.all.reduce((sum, one) => sum + one[end].received, 0)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }
}
