import type { Address } from '../../../config/fields/address.ts'
import { systemError } from '../../../system/errors.ts'
import type { Block } from '../../../system/ffi.ts'
import { close, finishOnClose, resetOnClose, send, setOption, shutdownWrite, splice } from '../../../system/libc.ts'
import type { PeerKey } from '../../../system/sockets/peer-name.ts'
import { IPPROTO_TCP, TCP_NODELAY } from '../../../system/sockets/socket-options.ts'
import { probeWhenIdle } from '../../../system/sockets/socket-setup.ts'
import type { Balance } from '../balance.ts'
import { EPOLLIN, type Reactor, type Watched } from '../reactor.ts'
import { Readiness } from './readiness.ts'

/** What all accepted sockets of a listener, or all dialled ones, have in common. */
export interface SocketOrigin {
  readonly reactor: Reactor
  /** They were accepted: the listening socket gave them its TCP options. */
  readonly hasOptions: boolean
  /** Hears when a client has left. */
  readonly balance: Balance | undefined
  /** Bytes pass through it within one call. */
  readonly buffer: Block
}

/** No event tells of its data. */
const MUTED = 1
/** If this process is killed, the kernel resets it. */
const RESETS_IF_KILLED = 2

/** A connected socket, and its options. There may be very many that are idle, so what it knows is kept small. */
export abstract class KernelSocket extends Readiness implements Watched {
  #fd: number
  generation = 0
  /** It reset or broke; what arrived before can still be read. */
  error: NodeJS.ErrnoException | undefined
  protected readonly origin: SocketOrigin
  protected readonly name: PeerKey | Address
  /** Options that most short connections never need are set when they matter. */
  #noDelay: 'set' | 'afterFirstSend' | 'withNextSend'
  #keepAlive: boolean
  /** A set of the marks above: one number, for memory. */
  #marks = 0

  abstract onEvents(events: number): void

  constructor(fd: number, name: PeerKey | Address, origin: SocketOrigin) {
    super()
    this.#fd = fd
    this.name = name
    this.origin = origin
    const hasOptions = origin.hasOptions || this.isUnix
    this.#noDelay = hasOptions ? 'set' : 'afterFirstSend'
    this.#keepAlive = hasOptions
  }

  /** -1 once it is closed: the kernel then gives the number to another connection. */
  get fd(): number {
    return this.#fd
  }

  get isUnix(): boolean {
    if (typeof this.name === 'object') return this.name.kind === 'unix'
    return typeof this.name === 'string' && this.name.startsWith('unix:')
  }

  /** It reset after its FIN: what it sent is whole. */
  get finBeforeReset(): boolean {
    return this.error?.code === 'EPIPE'
  }

  /**
   * Whether nothing is left after a recv of less than was asked for, or after a splice that found no more: the next byte,
   * or the FIN, is an event.
   *
   * - At an urgent byte recv stops (tcp_recvmsg_locked()). EPOLLPRI tells that there is one: it is said with the event for
   *   the last data that came, and a byte that came after that event is another event.
   * - On a unix socket it stops behind bytes that descriptors came with, and nothing tells (unix_stream_read_generic()).
   * - A FIN or a reset that came before the read is no further event.
   */
  get nextIsAnEvent(): boolean {
    return !this.saidOfMoreThanData && !this.error && !this.isUnix
  }

  /**
   * The first error stays. Its reader goes on to the end of what had arrived.
   *
   * EPIPE is what Linux makes of a RST in CLOSE_WAIT, after a FIN; before one it is ECONNRESET (tcp_reset() in tcp_input.c).
   */
  broke(errorNumber: number, syscall: string): void {
    this.error ??= systemError(errorNumber, syscall)
    this.note(EPOLLIN)
  }

  /** Gives the kernel bytes to send; answers as send(2). */
  send(block: Block, offset: number, length: number): number {
    this.#doNotDelay()
    return send(this.fd, block, offset, length)
  }

  /** Gives the kernel what is in a pipe; answers as splice(2). */
  sendFromPipe(pipe: number, length: number): number {
    this.#doNotDelay()
    return splice(pipe, this.fd, length)
  }

  /** The first send never waits for an acknowledgement (RFC 896): short connections save the option. */
  #doNotDelay(): void {
    if (this.#noDelay === 'set') return
    if (this.#noDelay === 'withNextSend') setOption(this.fd, IPPROTO_TCP, TCP_NODELAY, 1)
    this.#noDelay = this.#noDelay === 'withNextSend' ? 'set' : 'withNextSend'
  }

  /** Probes a peer that may be gone without a word. Called once the connection has some age. */
  keepAlive(): void {
    if (this.#keepAlive || this.closed) return
    this.#keepAlive = true
    probeWhenIdle(this.fd)
  }

  /** Whether data that comes is worth an event. */
  listenForData(wanted: boolean): void {
    const isMuted = (this.#marks & MUTED) !== 0
    if (isMuted !== wanted || this.closed) return
    this.#marks ^= MUTED
    if (wanted) this.origin.reactor.unmute(this)
    else this.origin.reactor.mute(this)
  }

  /** Passes a FIN on. It fails only if this side has reset, which its own flow will find. */
  shutdown(): void {
    if (!this.closed) shutdownWrite(this.fd)
  }

  get closed(): boolean {
    return this.#fd < 0
  }

  resetIfKilled(): void {
    if (this.#marks & RESETS_IF_KILLED || this.closed || this.isUnix) return
    this.#marks |= RESETS_IF_KILLED
    resetOnClose(this.fd)
  }

  close(): void {
    if (this.closed) return
    if (this.#marks & RESETS_IF_KILLED) finishOnClose(this.fd)
    close(this.release())
  }

  /** Forgets its descriptor, which is the caller's from now on: to close, or to keep if it is unwatched. */
  protected release(): number {
    const fd = this.#fd
    this.origin.reactor.forget(fd)
    this.#fd = -1
    this.origin.balance?.closed()
    return fd
  }

  reset(): void {
    if (this.closed) return
    if (!this.isUnix) resetOnClose(this.fd)
    this.#marks &= ~RESETS_IF_KILLED
    this.close()
  }
}
