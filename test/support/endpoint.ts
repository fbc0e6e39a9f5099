import type { Socket } from 'node:net'
import { endOnlyWithFin } from '../../bench/soak/load/end-only-with-fin.ts'
import { EAGAIN, systemError } from '../../src/system/errors.ts'
import { ByteStream } from './byte-stream.ts'
import type { Random } from './random.ts'
import { sendUrgent } from './raw-send.ts'
import { until } from './until.ts'

const FROM_CLIENT = new ByteStream(1)
const FROM_UPSTREAM = new ByteStream(2)

/**
 * A test's end of a connection: a plain socket, what it has sent and what has arrived. It reads at once and compares
 * each byte with what the other end sends; `pause` makes it a reader that does not read.
 */
export class Endpoint {
  readonly socket: Socket
  sent = 0
  received = 0
  /** The offset of the first wrong byte that arrived. */
  wrongAt: number | undefined
  /** A FIN has arrived, after all bytes. */
  sawFin = false
  error: NodeJS.ErrnoException | undefined
  /** Resolves with how the receiving direction ended: with a FIN, with an error's code, or closed by this end itself. */
  readonly receivedAll: Promise<string>
  readonly #sends: ByteStream
  /** What still has to come before the other end's bytes. */
  #first: Uint8Array = Buffer.alloc(0)

  constructor(socket: Socket, side: 'client' | 'upstream') {
    this.socket = socket
    endOnlyWithFin(socket)
    this.#sends = side === 'client' ? FROM_CLIENT : FROM_UPSTREAM
    const expects = side === 'client' ? FROM_UPSTREAM : FROM_CLIENT
    socket.on('data', (all) => {
      const piece = this.#withoutFirst(all)
      this.wrongAt ??= expects.firstDifference(this.received, piece)
      this.received += piece.length
    })
    this.receivedAll = new Promise((resolve) => {
      socket.on('end', () => {
        this.sawFin = true
        resolve('FIN')
      })
      socket.on('error', (error) => {
        this.error = error
        resolve((error as NodeJS.ErrnoException).code ?? error.message)
      })
      socket.on('close', () => resolve('closed'))
    })
  }

  /** It is to get these bytes, and then those of the other end, of which the first `consumed` never come. */
  expectFirst(bytes: Uint8Array, consumed = 0): void {
    this.#first = bytes
    this.received = consumed
  }

  /** All that `expectFirst` named has come. */
  get hasFirst(): boolean {
    return this.#first.length === 0
  }

  #withoutFirst(piece: Buffer): Buffer {
    const length = Math.min(piece.length, this.#first.length)
    if (length === 0) return piece
    if (piece.compare(this.#first, 0, length, 0, length) !== 0) this.wrongAt = 0
    this.#first = this.#first.subarray(length)
    return piece.subarray(length)
  }

  /** Sends the next `length` bytes of its stream without waiting. False when the socket asks to wait for `drain`. */
  send(length: number): boolean {
    const goOn = this.socket.write(this.#sends.at(this.sent, length))
    this.sent += length
    return goOn
  }

  /** Whether these are the bytes that it sends at `offset`. */
  sendsFrom(offset: number, bytes: Uint8Array): boolean {
    return this.#sends.firstDifference(offset, bytes) === undefined
  }

  /** Sends the next `length` bytes, the last of which is urgent, once the kernel has taken those before. */
  async sendUrgent(length = 1): Promise<void> {
    await until('the bytes before the urgent one', () => this.socket.writableLength === 0)
    const end = this.sent + length
    await until('room for the urgent byte', () => this.sendBy(sendUrgent, end - this.sent) && this.sent === end)
  }

  /**
   * Sends the next `length` bytes, few, in a way that node:net does not have. False when there is no room for any.
   *
   * @throws Error if the system refuses
   */
  sendBy(way: (socket: Socket, bytes: Uint8Array) => number, length: number): boolean {
    const result = way(this.socket, this.#sends.at(this.sent, length))
    if (result === EAGAIN) return false
    if (result < 0) throw systemError(result, 'send')
    this.sent += result
    return true
  }

  /** Sends `total` bytes in pieces of random sizes, waiting whenever the socket asks for it. Stops when it is closed. */
  async sendAll(total: number, random: Random, longest = 2 ** 20): Promise<void> {
    for (let left = total; left > 0 && !this.socket.destroyed; ) {
      const length = Math.min(left, random.size(longest))
      left -= length
      if (!this.send(length)) await this.#drained()
    }
  }

  #drained(): Promise<void> {
    const { socket } = this
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done)
        resolve()
      }
      socket.on('drain', done).on('close', done)
    })
  }

  /** Sends the last `length` bytes and FIN. */
  fin(length = 0): void {
    this.socket.end(this.#sends.at(this.sent, length))
    this.sent += length
  }

  reset(): void {
    const { socket } = this
    // uv_tcp_close_reset() refuses while shutdown(2) is queued: the socket would end with a FIN and its handle would leak.
    const shuttingDown = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0
    if (shuttingDown) socket.once('finish', () => socket.resetAndDestroy())
    else socket.resetAndDestroy()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Reads `bytes`, or one piece more at most however busy the machine is, and then no more. */
  take(bytes: number): Promise<void> {
    const enough = this.received + bytes
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.received < enough) return
        this.socket.pause().off('data', look)
        resolve()
      }
      this.socket.on('data', look).resume()
    })
  }
}
