import type { Socket } from 'node:net'
import type { Arrival, SideFacts } from '../check/facts.ts'
import type { Reader } from '../plan/plan.ts'
import type { Transport } from '../plan/road.ts'
import { type ByteSource, unmangled } from './byte-source.ts'
import { endOnlyWithFin } from './end-only-with-fin.ts'
import { sendUrgent, unacknowledged } from './native.ts'
import type { ReceivedHeader } from './proxy-header.ts'
import { SlowReader } from './slow-reader.ts'

/** What an endpoint expects to receive. */
export interface Expectation {
  readonly bytes: ByteSource
  /** An inspector flips bits of all bytes. */
  readonly mangled: boolean
}

/** One end of a connection: it sends as planned and compares each byte as it arrives; nothing is stored. */
export class Endpoint {
  readonly socket: Socket
  /** Resolves when the receiving direction has ended, in any way. */
  readonly arrivalOver: Promise<void>
  /** Resolves when the socket is closed: the facts are final. */
  readonly closed: Promise<void>
  /** Gets the first bytes of an endpoint that does not know yet what to expect. */
  onStranger: ((bytes: Buffer) => void) | undefined
  /** Comes before the bytes that are expected, and is not counted. */
  header: ReceivedHeader | undefined
  sends: ByteSource
  expects: Expectation | undefined
  sent = 0
  received = 0
  readonly #transport: Transport
  #wrongAt: number | undefined
  #arrival: Arrival = 'open'
  #finished = false
  #reset = false
  #acknowledged = 0
  /** Our own send(2) has consumed the error of the other end's reset, so node does not see it. */
  #toldByUrgent = false
  #reader: SlowReader | undefined
  readonly #waiting = new Set<() => void>()

  constructor(socket: Socket, transport: Transport, sends: ByteSource, expects?: Expectation) {
    this.socket = socket
    this.#transport = transport
    this.sends = sends
    this.expects = expects
    endOnlyWithFin(socket)
    let over = (): void => {}
    this.arrivalOver = new Promise((resolve) => {
      over = resolve
    })
    const ends = (arrival: Arrival): void => {
      if (this.#arrival === 'open') this.#arrival = arrival
      over()
      this.#wake()
    }
    socket.on('data', (piece: Buffer) => this.#onData(piece))
    socket.on('end', () => {
      if (!this.#toldByUrgent) return ends('fin')
      ends('reset')
      socket.destroy()
    })
    // Only after a failed read has everything been read that could be.
    socket.on('error', (error: NodeJS.ErrnoException) => ends(error.syscall === 'read' ? 'reset' : 'cutByWrite'))
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#reader?.stop()
        ends('closed')
        resolve()
      })
    })
  }

  get isOver(): boolean {
    return this.socket.destroyed
  }

  facts(): SideFacts {
    return {
      isUnix: this.#transport === 'unix',
      sent: this.sent,
      received: this.received,
      wrongAt: this.#wrongAt,
      arrival: this.#arrival,
      finished: this.#finished,
      reset: this.#reset,
      acknowledged: this.#acknowledged,
    }
  }

  read(reader: Reader): void {
    if (reader.reads !== 'atOnce') this.#reader = new SlowReader(this.socket, reader)
  }

  /** Sends `bytes` of its source in pieces, waiting whenever the socket asks for it. */
  async send(bytes: number, piece: number): Promise<void> {
    for (let left = bytes; left > 0 && !this.isOver; ) {
      const part = this.sends.at(this.sent, Math.min(left, piece))
      left -= part.length
      this.sent += part.length
      // After each piece the event loop gets a turn, so that segments are not merged.
      if (this.socket.write(part)) await new Promise(setImmediate)
      else await this.until(() => !this.socket.writableNeedDrain)
    }
  }

  async sendUrgent(): Promise<void> {
    await this.until(() => this.socket.writableLength === 0)
    const byte = this.sends.at(this.sent, 1)
    let result = 'full'
    await this.until(() => {
      result = sendUrgent(this.socket, byte)
      return result !== 'full'
    }, 2)
    if (result === 'sent') this.sent += 1
    if (result === 'broken') this.#toldByUrgent = true
  }

  /** Waits until the other end's kernel has everything. After the other side's FIN, its reset would not be an event. */
  async settle(): Promise<void> {
    await this.until(() => unacknowledged(this.socket) === 0 || this.#arrival !== 'open', 2)
  }

  async untilReceived(bytes: number): Promise<void> {
    await this.until(() => this.received >= bytes || this.#arrival !== 'open')
  }

  fin(): void {
    if (this.isOver) return
    this.#finished = true
    this.socket.end()
  }

  reset(): void {
    const { socket } = this
    if (this.isOver) return
    this.#reset = true
    if (this.#transport === 'unix') {
      socket.destroy()
      return
    }
    this.#acknowledged = Math.max(0, this.sent - unacknowledged(socket))
    // uv_tcp_close_reset() refuses while shutdown(2) is queued: the socket would end with a FIN and its handle would leak.
    const shuttingDown = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0
    if (shuttingDown) socket.once('finish', () => socket.resetAndDestroy())
    else socket.resetAndDestroy()
  }

  /** Waits for a condition, looking at it with each event of the socket, or every `everyMs`; the socket's end ends it. */
  async until(condition: () => boolean, everyMs?: number): Promise<void> {
    while (!this.isOver && !condition()) {
      await new Promise<void>((resolve) => {
        const timer = everyMs === undefined ? undefined : setTimeout(() => done(), everyMs)
        const done = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(done)
          this.socket.off('drain', done)
          resolve()
        }
        this.#waiting.add(done)
        this.socket.on('drain', done)
      })
    }
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done()
  }

  #onData(received: Buffer): void {
    const piece = this.header?.after(received) ?? received
    if (piece.length === 0) return
    if (this.expects === undefined) this.onStranger?.(piece)
    if (this.expects) {
      const { bytes, mangled } = this.expects
      this.#wrongAt ??= bytes.firstDifference(this.received, mangled ? unmangled(piece) : piece)
    }
    this.received += piece.length
    this.#reader?.took(piece.length)
    this.#wake()
  }
}
