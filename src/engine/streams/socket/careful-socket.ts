import net from 'node:net'
import { isFinThenReset, mayHaveSent } from './errors.ts'
import { readAgain } from './node-internals.ts'

/**
 * A net.Socket that differs from its base class in one thing. A failed write does not destroy it before everything that
 * had arrived is read: a server that answers and closes without reading the request resets the connection, and its answer
 * is still there. (On Linux a RST leaves the receive queue readable; tcp_reset() purges only the write queue.)
 */
export abstract class CarefulSocket extends net.Socket {
  #broken: NodeJS.ErrnoException | undefined
  #end: 'none' | 'seen' | 'sure' = 'none'

  /** The other end has sent FIN, and then reset. */
  protected abstract onFinBeforeReset(): void
  protected abstract onBroken(error: NodeJS.ErrnoException): void
  /** Whether nobody would get what has arrived. */
  protected abstract get isReadInVain(): boolean

  /** Bytes were read: it was not the end, although it may have looked like it. */
  protected readMore(): void {
    this.#end = 'none'
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
   * Finds a RST that came after its FIN, or while it is not read: libuv watches no socket that is neither read nor
   * written. A write of nothing sends no segment, and fails with EPIPE where the connection is closed (tcp_sendmsg_locked()
   * in tcp.c).
   */
  protected writeNothing(): void {
    if (this.destroyed || this.#broken || this.writableEnded || this.writableLength > 0) return
    this.write(NOTHING)
  }

  /** Node calls it with every error: of connect, of read and of write. */
  override destroy(error?: NodeJS.ErrnoException): this {
    if (error === undefined || this.destroyed) return super.destroy()
    this.#broken ??= error
    if (this.#end === 'sure' || !mayHaveSent(error) || this.isReadInVain) return this.#breakNow(this.#broken)
    this.resume()
    return this
  }

  /**
   * Node calls it with `null` at the end, but it may not be the end. After a failed write the kernel shows a reset as an end.
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
      if (isFinThenReset(this.#broken)) this.onFinBeforeReset()
      this.#breakNow(this.#broken)
      return false
    }
    this.#end = 'sure'
    return super.push(null)
  }

  #breakNow(error: NodeJS.ErrnoException): this {
    super.destroy()
    this.onBroken(error)
    return this
  }
}

const NOTHING = Buffer.alloc(0)
