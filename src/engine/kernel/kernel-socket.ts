import { type Address, formatAddress } from '../../config/fields/address.ts'
import type { Peer, TcpInfo } from '../engine.ts'
import type { Balance } from './balance.ts'
import { ECONNRESET, systemError } from './errors.ts'
import { close, pendingError, resetOnClose, setOption, shutdownWrite } from './libc.ts'
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, type Reactor, type Watched } from './reactor.ts'
import { type PeerKey, peerName } from './sockaddr.ts'
import { IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_KEEPIDLE, TCP_NODELAY } from './socket-options.ts'
import { readTcpInfo } from './tcp-info.ts'

const KEEPALIVE_SECONDS = 60

/** Who hears what the reactor learnt of a socket. */
export interface SocketOwner {
  onSocket(socket: KernelSocket): void
}

/** The kernel asks the other end for a sign of life after a minute of silence (tcp(7)). */
export const probeWhenIdle = (fd: number): void => {
  setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
  setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_SECONDS)
}

/** What all sockets that came about in one way have in common. */
export interface SocketOrigin {
  readonly reactor: Reactor
  /** They were accepted: the listening socket gave them its TCP options. */
  readonly hasOptions: boolean
  /** Hears when a client has left. */
  readonly balance: Balance | undefined
}

/** A connected socket. There may be very many that are idle, so what it knows is kept small. */
export class KernelSocket implements Peer, Watched {
  readonly fd: number
  generation = 0
  /** It reset or broke; what arrived before can still be read. */
  error: NodeJS.ErrnoException | undefined
  owner: SocketOwner | undefined
  onGone: ((error: NodeJS.ErrnoException) => void) | undefined
  readonly #origin: SocketOrigin
  readonly #name: PeerKey | Address
  /** What the kernel said of it, in the words of epoll_ctl(2), until somebody acts on it: an edge comes only once. */
  #said = EPOLLOUT
  /** Options that most short connections never need are set when they matter. */
  #noDelay: boolean
  #keepAlive: boolean
  #muted = false
  #closed = false

  constructor(fd: number, name: PeerKey | Address, origin: SocketOrigin) {
    this.fd = fd
    this.#name = name
    this.#origin = origin
    const hasOptions = origin.hasOptions || this.isUnix
    this.#noDelay = hasOptions
    this.#keepAlive = hasOptions
  }

  get remote(): string {
    return typeof this.#name === 'object' ? formatAddress(this.#name) : peerName(this.#name)
  }

  get isUnix(): boolean {
    if (typeof this.#name === 'object') return this.#name.kind === 'unix'
    return typeof this.#name === 'string' && this.#name.startsWith('unix:')
  }

  /** recv may have something: data, the end or an error. */
  get readable(): boolean {
    return (this.#said & EPOLLIN) !== 0
  }

  /** send may take something. */
  get writable(): boolean {
    return (this.#said & EPOLLOUT) !== 0
  }

  /** Its FIN has arrived, behind everything it sent. */
  get finSeen(): boolean {
    return (this.#said & EPOLLRDHUP) !== 0
  }

  /** It reset after its FIN: what it sent is whole. */
  get finBeforeReset(): boolean {
    return this.error?.code === 'EPIPE'
  }

  /** There is nothing to recv until the next event. */
  drained(): void {
    this.#said &= ~EPOLLIN
  }

  /** There is no room to send into until the next event. */
  filled(): void {
    this.#said &= ~EPOLLOUT
  }

  onEvents(events: number): void {
    this.#said |= events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? events | EPOLLIN : events
    if (events & EPOLLERR) this.broke(pendingError(this.fd) || ECONNRESET, 'read')
    if (this.owner) this.owner.onSocket(this)
    else if (this.error) this.#gone(this.error)
  }

  #gone(error: NodeJS.ErrnoException): void {
    const { onGone } = this
    this.onGone = undefined
    onGone?.(error)
  }

  /**
   * The first error stays. Its reader goes on to the end of what had arrived.
   *
   * EPIPE is what Linux makes of a RST in CLOSE_WAIT, after a FIN; before one it is ECONNRESET (tcp_reset() in tcp_input.c).
   */
  broke(errorNumber: number, syscall: string): void {
    this.error ??= systemError(errorNumber, syscall)
    this.#said |= EPOLLIN
  }

  /** Call from the second send on: the first one never waits for an acknowledgement (RFC 896), so short connections save it. */
  sendWithoutDelay(): void {
    if (this.#noDelay || this.#closed) return
    this.#noDelay = true
    setOption(this.fd, IPPROTO_TCP, TCP_NODELAY, 1)
  }

  /** Probes a peer that may be gone without a word. Called once the connection has some age. */
  keepAlive(): void {
    if (this.#keepAlive || this.#closed) return
    this.#keepAlive = true
    probeWhenIdle(this.fd)
  }

  /** Whether data that comes is worth an event. */
  listenForData(wanted: boolean): void {
    if (this.#muted !== wanted || this.#closed) return
    this.#muted = !wanted
    if (wanted) this.#origin.reactor.unmute(this)
    else this.#origin.reactor.mute(this)
  }

  /** Passes a FIN on. It fails only if this side has reset, which its own flow will find. */
  shutdown(): void {
    if (!this.#closed) shutdownWrite(this.fd)
  }

  get closed(): boolean {
    return this.#closed
  }

  tcpInfo(): TcpInfo | undefined {
    return this.#closed ? undefined : readTcpInfo(this.fd)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.owner = undefined
    this.#origin.reactor.forget(this.fd)
    this.#origin.balance?.closed()
    close(this.fd)
  }

  reset(): void {
    if (this.#closed) return
    if (!this.isUnix) resetOnClose(this.fd)
    this.close()
  }
}
