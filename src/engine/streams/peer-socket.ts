import net from 'node:net'
import type { Peer } from '../engine.ts'
import { clientName } from './client-name.ts'
import { Early } from './early.ts'
import { isFinThenReset, mayHaveSent } from './errors.ts'
import { type Handle, readAgain, takeHandle } from './node-internals.ts'
import { readBuffer } from './read-buffer.ts'
import type { Receiver } from './receiver.ts'

/**
 * A net.Socket that reads into the shared buffer and tells one receiver.
 *
 * It differs from its base class in one thing. A failed write does not destroy it before everything that had arrived
 * is read: a server that answers and closes without reading the request resets the connection, and its answer is still
 * there. (On Linux a RST leaves the receive queue readable; tcp_reset() purges only the write queue.)
 */
export class PeerSocket extends net.Socket implements Peer {
  readonly remote: string
  onGone: ((error: NodeJS.ErrnoException) => void) | undefined
  /** Called with the first bytes, while no relay has it. */
  onAnswer: (() => void) | undefined
  #receiver: Receiver = new Early(this)
  #broken: NodeJS.ErrnoException | undefined
  #end: 'none' | 'seen' | 'sure' = 'none'

  constructor(remote: string, handle?: Handle) {
    const onread = {
      buffer: readBuffer,
      callback(this: PeerSocket, size: number, buffer: Buffer) {
        // What looked like the end was none.
        this.#end = 'none'
        return this.#receiver.onBytes(buffer.subarray(0, size))
      },
    }
    // `handle` and `highWaterMark` are missing in the typings. One chunk is written at a time: no mark is ever reached.
    super({ handle, onread, allowHalfOpen: true, highWaterMark: 1024 * 1024 } as net.SocketConstructorOpts)
    this.remote = remote
    this.on('end', () => this.#receiver.onEnd())
  }

  /** Turns a socket that net.Server accepted into one of ours. */
  static adopt(accepted: net.Socket): PeerSocket {
    const handle = takeHandle(accepted)
    return new PeerSocket(clientName(handle), handle)
  }

  get isUnix(): boolean {
    return this.remote.startsWith('unix:')
  }

  /** Hands everything that comes, and what has come already, to `receiver`. */
  receive(receiver: Receiver): void {
    const early = this.#receiver
    this.#receiver = receiver
    if (!(early instanceof Early)) return
    let reading = true
    for (const bytes of early.chunks) reading = receiver.onBytes(bytes)
    if (early.ended) receiver.onEnd()
    if (early.broken) receiver.onBroken(early.broken)
    else if (reading) this.resume()
  }

  /** Node calls it with every error: of connect, of read and of write. */
  override destroy(error?: NodeJS.ErrnoException): this {
    if (error === undefined || this.destroyed) return super.destroy()
    this.#broken ??= error
    if (this.#end === 'sure' || !mayHaveSent(error)) return this.#breakNow(this.#broken)
    this.resume()
    return this
  }

  /**
   * Node calls it with `null` at the end, and that may be none. After a failed write the kernel shows a reset as an end.
   * And libuv makes an end of POLLHUP after a read of less than was asked for (uv__stream_io() in unix/stream.c), though
   * a RST came with the data, or the read ended before an urgent byte or behind bytes that a descriptor came with. Reading
   * once more has the kernel say which it was.
   */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk !== null) return super.push(chunk, encoding)
    if (this.#end === 'none') {
      this.#end = 'seen'
      if (readAgain(this)) return false
    }
    if (this.#broken !== undefined) {
      if (isFinThenReset(this.#broken)) this.#receiver.onEnd()
      this.#breakNow(this.#broken)
      return false
    }
    this.#end = 'sure'
    return super.push(null)
  }

  /** How it broke, if it did. It may be read to its end all the same. */
  get brokenBy(): NodeJS.ErrnoException | undefined {
    return this.#broken
  }

  /** One that has broken is not read any more. */
  giveUp(): void {
    if (this.#broken !== undefined && !this.destroyed) this.#breakNow(this.#broken)
  }

  /**
   * Finds a RST that came after its FIN: libuv watches no socket that is neither read nor written. A write of nothing
   * sends no segment, and fails with EPIPE where the connection is closed (tcp_sendmsg_locked() in tcp.c).
   */
  findReset(): void {
    if (this.destroyed || this.#broken || this.writableEnded || this.writableLength > 0) return
    if (!this.remote.startsWith('unix:')) this.write(NOTHING)
  }

  #breakNow(error: NodeJS.ErrnoException): this {
    super.destroy()
    this.#receiver.onBroken(error)
    return this
  }

  /** node:net cannot ask. */
  tcpInfo(): undefined {
    return undefined
  }

  close(): void {
    this.destroySoon()
  }

  reset(): void {
    if (this.destroyed) return
    // A unix socket has no RST and node:net refuses to try.
    if (this.remoteFamily === undefined) super.destroy()
    // libuv refuses to reset while its shutdown(2) is queued, and node:net would then lose the handle.
    else if (this.writableEnded && !this.writableFinished && this.writableLength === 0)
      this.once('finish', () => this.resetAndDestroy())
    else this.resetAndDestroy()
  }
}

const NOTHING = Buffer.alloc(0)
