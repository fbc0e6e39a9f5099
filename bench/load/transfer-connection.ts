import { connect, type Socket } from 'node:net'
import { encodeFrame, verdict } from './frame.ts'
import { PatternCheck } from './pattern.ts'
import { sendPattern } from './send-pattern.ts'

interface ReceiveState {
  check: PatternCheck
  left: number
  verdictSeen: number
  done: () => void
  failed: (error: Error) => void
}

/** A connection that transfers pattern bytes, one block after another, and checks all that comes back. */
export class TransferConnection {
  readonly #socket: Socket
  #receiving: ReceiveState | undefined
  #failure: Error | undefined

  private constructor(port: number, readBuffer: number) {
    // One buffer for all reads: a fresh one for each would be most of this process's work. It limits how much is read
    // at once, so bulk wants a large one.
    const buffer = Buffer.allocUnsafeSlow(readBuffer)
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          this.#take(buffer.subarray(0, length))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('closed by the other side')))
  }

  static async open(port: number, readBuffer: number): Promise<TransferConnection> {
    const connection = new TransferConnection(port, readBuffer)
    await new Promise<void>((resolve, reject) => {
      connection.#socket.once('connect', resolve)
      connection.#socket.once('error', reject)
    })
    return connection
  }

  /** Both ways at once; resolves when all bytes have arrived, were right, and the origin said the same of its side. */
  async transfer(up: number, down: number, offset: number): Promise<void> {
    if (this.#failure) throw this.#failure
    const arrived = new Promise<void>((done, failed) => {
      this.#receiving = { check: new PatternCheck(offset), left: down, verdictSeen: 0, done, failed }
    })
    this.#socket.write(encodeFrame({ closeAfter: false, up, down, offset }))
    // Not awaited: it ends with `arrived`, or never, when the connection fails.
    if (up > 0) void sendPattern(this.#socket, offset, up)
    await arrived
  }

  #take(chunk: Buffer): void {
    const receiving = this.#receiving
    if (!receiving) return this.#fail(new Error('bytes that nobody asked for'))
    const data = chunk.subarray(0, receiving.left)
    if (!receiving.check.accept(data)) return this.#fail(new Error('wrong bytes'))
    receiving.left -= data.length
    const rest = chunk.subarray(data.length)
    if (rest.length === 0) return
    const seen = receiving.verdictSeen + rest.length
    if (seen > verdict.length || verdict.compare(rest, 0, rest.length, receiving.verdictSeen, seen) !== 0) {
      return this.#fail(new Error('wrong verdict'))
    }
    receiving.verdictSeen = seen
    if (seen < verdict.length) return
    this.#receiving = undefined
    receiving.done()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#receiving?.failed(error)
    this.#receiving = undefined
    this.#socket.destroy()
  }
}
