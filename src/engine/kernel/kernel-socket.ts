import { type Address, formatAddress } from '../../config/address.ts'
import type { Peer, TcpInfo } from '../engine.ts'
import type { Balance } from './balance.ts'
import { ECONNRESET, EPIPE, systemError } from './errors.ts'
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

export interface SocketTraits {
  /** It has its TCP options already, from the listening socket, or it is no TCP socket. */
  readonly hasOptions: boolean
  /** Hears when a client has left. */
  readonly balance?: Balance
}

/** A connected socket. What the kernel said of it is kept until somebody acts on it: an edge comes only once. */
export class KernelSocket implements Peer, Watched {
  readonly fd: number
  generation = 0
  /** recv may have something: data, the end or an error. */
  readable = false
  /** send may take something. */
  writable = true
  /** Its FIN has arrived, behind everything it sent. */
  finSeen = false
  /** It reset or broke; what arrived before can still be read. */
  error: NodeJS.ErrnoException | undefined
  /** It reset after its FIN: what it sent is whole. */
  finBeforeReset = false
  owner: SocketOwner | undefined
  onGone: ((error: NodeJS.ErrnoException) => void) | undefined
  readonly #reactor: Reactor
  readonly #name: PeerKey | Address
  readonly #balance: Balance | undefined
  /** Options that most short connections never need are set when they matter. */
  #noDelay: boolean
  #keepAlive: boolean
  #muted = false
  #closed = false

  constructor(fd: number, name: PeerKey | Address, reactor: Reactor, traits: SocketTraits) {
    this.fd = fd
    this.#name = name
    this.#reactor = reactor
    this.#noDelay = traits.hasOptions
    this.#keepAlive = traits.hasOptions
    this.#balance = traits.balance
  }

  get remote(): string {
    return typeof this.#name === 'object' ? formatAddress(this.#name) : peerName(this.#name)
  }

  get isUnix(): boolean {
    if (typeof this.#name === 'object') return this.#name.kind === 'unix'
    return typeof this.#name === 'string' && this.#name.startsWith('unix:')
  }

  onEvents(events: number): void {
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) this.readable = true
    if (events & EPOLLRDHUP) this.finSeen = true
    if (events & EPOLLOUT) this.writable = true
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
    if (this.error === undefined) this.finBeforeReset = errorNumber === EPIPE
    this.error ??= systemError(errorNumber, syscall)
    this.readable = true
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
    if (wanted) this.#reactor.unmute(this)
    else this.#reactor.mute(this)
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
    this.#reactor.forget(this.fd)
    this.#balance?.closed()
    close(this.fd)
  }

  reset(): void {
    if (this.#closed) return
    if (!this.isUnix) resetOnClose(this.fd)
    this.close()
  }
}
