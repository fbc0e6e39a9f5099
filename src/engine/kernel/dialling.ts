import type { Address } from '../../config/fields/address.ts'
import type { Dialling, Peer } from '../engine.ts'
import { EAGAIN, EINPROGRESS, systemError } from './errors.ts'
import { Block } from './ffi.ts'
import { KernelSocket, type SocketOrigin, type SocketOwner } from './kernel-socket.ts'
import { AF, close, connect, socket } from './libc.ts'
import { encodeSockaddr } from './sockaddr.ts'

interface Sockaddr {
  readonly name: Block
  readonly family: number
  readonly length: number
}

/** An address is dialled many times and written once. */
const written = new WeakMap<Address, Sockaddr>()

const sockaddrOf = (address: Address): Sockaddr => {
  const known = written.get(address)
  if (known) return known
  const name = new Block(128)
  const sockaddr = { name, ...encodeSockaddr(address, name) }
  written.set(address, sockaddr)
  return sockaddr
}

/** unix(7): connect answers EAGAIN, and nothing tells when, while the backlog is full. */
const TRY_UNIX_AGAIN_MS = 10

/** A connect under way. */
export class KernelDialling implements Dialling, SocketOwner {
  readonly peer: Promise<Peer>
  readonly #address: Address
  readonly #origin: SocketOrigin
  #resolve!: (peer: Peer) => void
  #reject!: (error: Error) => void
  #socket: KernelSocket | undefined
  #settled = false

  constructor(address: Address, origin: SocketOrigin) {
    this.#address = address
    this.#origin = origin
    this.peer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#begin()
  }

  #begin(): void {
    const { family, length, name } = sockaddrOf(this.#address)
    const fd = socket(family)
    if (fd < 0) return this.#fail(fd, 'socket')
    const result = connect(fd, name, length)
    if (result < 0 && result !== EINPROGRESS) {
      close(fd)
      if (result === EAGAIN && family === AF.unix) this.#tryAgain()
      else this.#fail(result, 'connect')
      return
    }
    this.#socket = new KernelSocket(fd, this.#address, this.#origin)
    this.#socket.owner = this
    const watched = this.#origin.reactor.watch(this.#socket)
    if (watched >= 0) return
    this.#socket.close()
    this.#fail(watched, 'epoll_ctl')
  }

  #tryAgain(): void {
    setTimeout(() => {
      if (!this.#settled) this.#begin()
    }, TRY_UNIX_AGAIN_MS)
  }

  onSocket(socket: KernelSocket): void {
    if (socket.error) {
      socket.close()
      return this.#fail(socket.error.errno ?? 0, 'connect')
    }
    socket.owner = undefined
    this.#settled = true
    this.#origin.reactor.yieldSoon()
    this.#resolve(socket)
  }

  #fail(errorNumber: number, syscall: string): void {
    this.#settled = true
    this.#origin.reactor.yieldSoon()
    this.#reject(systemError(errorNumber, syscall))
  }

  cancel(error: Error): void {
    if (this.#settled) return
    this.#settled = true
    this.#socket?.close()
    this.#origin.reactor.yieldSoon()
    this.#reject(error)
  }
}
