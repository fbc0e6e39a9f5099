import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Line } from '../../bench/soak/check/facts.ts'
import { endOnlyWithFin } from '../../bench/soak/load/end-only-with-fin.ts'

/** What is wrong with it. */
export type Damage = 'none' | 'losesByte' | 'doublesByte' | 'finForReset' | 'noLine' | 'rstForFin'

/** A few lines that relay TCP and tell of each connection, with a fault if that is wanted. */
export class TinyProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async open(
    to: { host: string; port: number },
    damage: Damage,
    onLine: (line: Line) => void,
  ): Promise<TinyProxy> {
    const proxy = new TinyProxy(to, damage, onLine)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  private constructor(to: { host: string; port: number }, damage: Damage, onLine: (line: Line) => void) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const server = connect({ ...to, allowHalfOpen: true, noDelay: true })
      const bytes = { bytesToUpstream: 0, bytesToClient: 0 }
      let end: Pick<Line, 'outcome' | 'endedBy'> = { outcome: 'completed', endedBy: 'client' }
      const pass = (from: Socket, into: Socket, field: keyof typeof bytes): void => {
        this.#sockets.add(from)
        endOnlyWithFin(from)
        from.on('data', (piece: Buffer) => {
          bytes[field] += piece.length
          if (!into.write(damaged(piece, damage))) from.pause()
        })
        into.on('drain', () => from.resume())
        from.on('end', () => {
          if (damage !== 'rstForFin') into.end()
          else for (const socket of [into, from]) socket.resetAndDestroy()
        })
        from.on('error', () => {
          if (end.outcome === 'completed') {
            end = from === client ? RESET_BY_CLIENT : RESET_BY_UPSTREAM
          }
          if (damage === 'finForReset') into.end()
          else into.resetAndDestroy()
        })
        from.on('close', () => this.#sockets.delete(from))
      }
      pass(client, server, 'bytesToUpstream')
      pass(server, client, 'bytesToClient')
      const name = `${client.remoteAddress}:${client.remotePort}`
      void Promise.all([closed(client), closed(server)]).then(() => {
        if (damage !== 'noLine') onLine({ ...LINE, client: name, ...bytes, ...end })
      })
    })
  }

  get target(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Not `once`, which rejects with an error that comes before. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()))

const RESET_BY_CLIENT = { outcome: 'clientReset', endedBy: 'client' }
const RESET_BY_UPSTREAM = { outcome: 'upstreamReset', endedBy: 'upstream' }
const LINE = {
  listener: 'ipv4-ipv4',
  upstream: 'ipv4-ipv4',
  engine: 'tiny',
  phase: 'relay',
  worker: 1,
  connectionId: 't-1-1',
}

/** Only what is longer than a connection's number, which the server could not be reached without. */
const damaged = (piece: Buffer, damage: Damage): Buffer => {
  if (piece.length < 10) return piece
  if (damage === 'losesByte') return Buffer.concat([piece.subarray(0, 7), piece.subarray(8)])
  if (damage === 'doublesByte') return Buffer.concat([piece.subarray(0, 8), piece.subarray(7)])
  return piece
}
