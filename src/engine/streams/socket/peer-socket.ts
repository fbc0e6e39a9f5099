import net from 'node:net'
import { MOST_EARLY_BYTES, type Peek, type Peer } from '../../peer.ts'
import { clientName } from '../questions/client-name.ts'
import { localName } from '../questions/local-name.ts'
import { Early } from './early.ts'
import { isFinThenReset, mayHaveSent } from './errors.ts'
import { type Handle, readAgain, readInto, takeHandle } from './node-internals.ts'
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
  /** Called when the kernel has taken all that `writeFirst` was given. */
  onFirstTaken: (() => void) | undefined
  #firstWrites = 0

  constructor(remote: string, handle?: Handle) {
    const onread = {
      buffer: readBuffer,
      callback(this: PeerSocket, size: number, buffer: Buffer) {
        // It was not the end, although it looked like it.
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

  get key(): string {
    return this.remote
  }

  get local(): string {
    return localName(this)
  }

  get isUnix(): boolean {
    return this.remote.startsWith('unix:')
  }

  /** Hands everything that comes, and what has come already, to `receiver`. */
  receive(receiver: Receiver): void {
    const early = this.#receiver
    this.#receiver = receiver
    if (!(early instanceof Early)) return
    early.handOver()
    const { brokenBy, state } = early
    const bytes = early.take()
    let reading = true
    for (let at = 0; at < bytes.length; at += MOST_EARLY_BYTES)
      reading = receiver.onBytes(bytes.subarray(at, at + MOST_EARLY_BYTES))
    if (state === 'ended') receiver.onEnd()
    if (brokenBy) receiver.onBroken(brokenBy)
    else if (reading) this.resume()
  }

  peek(atLeast?: number): Peek {
    const early = this.#early()
    if (!early.wasPeeked) this.once('close', () => early.finish('broken'))
    const peek = early.peek(atLeast)
    if (this.destroyed) early.finish('broken')
    else early.fitReads()
    return peek
  }

  consume(count: number): void {
    const early = this.#early()
    early.consume(count)
    if (early.state !== 'open' || this.destroyed) return
    early.fitReads()
    this.resume()
  }

  writeFirst(bytes: Uint8Array): void {
    if (this.destroyed) return
    this.#early()
    this.#firstWrites += 1
    this.write(Buffer.from(bytes), () => {
      this.#firstWrites -= 1
      if (this.#firstWrites === 0) this.onFirstTaken?.()
    })
  }

  /** Some of what `writeFirst` was given waits for the kernel. */
  get sendsFirst(): boolean {
    return this.#firstWrites > 0 && this.writableLength > 0
  }

  /** libuv owns the descriptor, and node:net cannot let go of it without closing it. */
  detach(): undefined {
    return undefined
  }

  /** Nobody would get what has arrived. */
  get #hasNoRoom(): boolean {
    return this.#receiver instanceof Early && this.#receiver.room === 0
  }

  #early(): Early {
    if (this.#receiver instanceof Early) return this.#receiver
    throw new Error('a relay has the peer')
  }

  readAtMost(bytes: number): void {
    readInto(this, readBuffer.subarray(0, bytes))
  }

  /** Node calls it with every error: of connect, of read and of write. */
  override destroy(error?: NodeJS.ErrnoException): this {
    if (error === undefined || this.destroyed) return super.destroy()
    this.#broken ??= error
    if (this.#end === 'sure' || !mayHaveSent(error) || this.#hasNoRoom) return this.#breakNow(this.#broken)
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
   * Finds a RST that came after its FIN, or while it is not read: libuv watches no socket that is neither read nor
   * written. A write of nothing
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
