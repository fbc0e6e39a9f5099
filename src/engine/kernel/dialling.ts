import { type Address, formatAddress, isAbstract } from '../../config/fields/address.ts'
import {
  EAGAIN,
  ECONNREFUSED,
  EINPROGRESS,
  isOutOfDescriptors,
  isResetOfConnection,
  systemError,
} from '../../system/errors.ts'
import { Block } from '../../system/ffi.ts'
import { AF, close, connect, localName, remoteName, socket, unreadBytes } from '../../system/libc.ts'
import { encodeSockaddr, PORT } from '../../system/sockets/sockaddr.ts'
import { keepUrgentInline } from '../../system/sockets/socket-setup.ts'
import type { Dialling, Peer } from '../engine.ts'
import { MOST_SELF_CONNECTS, mayConnectToItself, refusedBySelfConnect } from '../self-connect.ts'
import type { PipePool } from './flow/pipes.ts'
import { KernelPeer, type PeerOwner } from './socket/kernel-peer.ts'
import type { SocketOrigin } from './socket/kernel-socket.ts'

interface Sockaddr {
  readonly name: Block
  readonly family: number
  readonly length: number
}

/** An address is dialled many times, and its bytes for connect(2) are written once. */
const written = new WeakMap<Address, Sockaddr>()

const sockaddrOf = (address: Address): Sockaddr => {
  const known = written.get(address)
  if (known) return known
  const name = new Block(128)
  const sockaddr = { name, ...encodeSockaddr(address, name) }
  written.set(address, sockaddr)
  return sockaddr
}

/**
 * The whole `sockaddr_un`. The libuv of Node 20 fills abstract names up with NULs to its end, and so does HAProxy's `abns`:
 * these are other names (unix(7)).
 */
const PADDED_LENGTH = 110

const connectTo = (fd: number, address: Address): number => {
  const { length, name } = sockaddrOf(address)
  const result = connect(fd, name, length)
  return result === ECONNREFUSED && isAbstract(address) ? connect(fd, name, PADDED_LENGTH) : result
}

/** unix(7): while the backlog is full connect fails with EAGAIN, and no event says when there is room again. */
const TRY_UNIX_AGAIN_MS = 10

/** A connect under way. */
export class KernelDialling implements Dialling, PeerOwner {
  readonly peer: Promise<Peer>
  readonly #address: Address
  readonly #origin: SocketOrigin
  readonly #pipes: PipePool
  #resolve!: (peer: Peer) => void
  #reject!: (error: Error) => void
  #socket: KernelPeer | undefined
  #settled = false
  #selfConnects = 0

  constructor(address: Address, origin: SocketOrigin, pipes: PipePool) {
    this.#address = address
    this.#origin = origin
    this.#pipes = pipes
    this.peer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#begin()
  }

  #begin(): void {
    const { family } = sockaddrOf(this.#address)
    const fd = this.#open(family)
    if (fd < 0) return this.#fail(fd, 'socket')
    keepUrgentInline(fd)
    const result = connectTo(fd, this.#address)
    if (result < 0 && result !== EINPROGRESS) {
      close(fd)
      if (result === EAGAIN && family === AF.unix) this.#tryAgain()
      else this.#fail(result, 'connect')
      return
    }
    this.#socket = new KernelPeer(fd, this.#address, this.#origin)
    this.#socket.owner = this
    const watched = this.#origin.reactor.watch(this.#socket)
    if (watched >= 0) return
    this.#socket.close()
    this.#fail(watched, 'epoll_ctl')
  }

  #open(family: number): number {
    const fd = socket(family)
    return isOutOfDescriptors(fd) && this.#pipes.yieldDescriptors() ? socket(family) : fd
  }

  #tryAgain(): void {
    setTimeout(() => {
      if (!this.#settled) this.#begin()
    }, TRY_UNIX_AGAIN_MS)
  }

  onSocket(socket: KernelPeer): void {
    if (socket.error && !hasAnswered(socket)) {
      socket.close()
      return this.#fail(socket.error.errno ?? 0, 'connect')
    }
    if (isConnectedToItself(socket, this.#address)) {
      // A FIN would keep the port from the server for a minute (TIME_WAIT).
      socket.reset()
      return ++this.#selfConnects < MOST_SELF_CONNECTS
        ? this.#begin()
        : this.#refuse(refusedBySelfConnect(this.#address))
    }
    socket.owner = undefined
    this.#settled = true
    this.#origin.reactor.yieldSoon()
    this.#resolve(socket)
  }

  #fail(errorNumber: number, syscall: string): void {
    this.#refuse(systemError(errorNumber, syscall, formatAddress(this.#address)))
  }

  #refuse(error: Error): void {
    this.#settled = true
    this.#origin.reactor.yieldSoon()
    this.#reject(error)
  }

  cancel(error: Error): void {
    if (this.#settled) return
    // The server may have accepted it already, and must not take the end for a whole conversation.
    this.#socket?.reset()
    this.#refuse(error)
  }
}

/** The server accepted, answered and reset before we heard of the connect: what it sent is still there to be relayed. */
const hasAnswered = ({ error, fd }: KernelPeer): boolean => isResetOfConnection(error?.errno) && unreadBytes(fd) > 0

const [localEnd, remoteEnd] = [new Block(128), new Block(128)]

/** Compares the ports first: they are the same only by chance. */
const isConnectedToItself = ({ fd }: KernelPeer, address: Address): boolean => {
  if (address.kind === 'unix' || !mayConnectToItself(address.port)) return false
  const length = localName(fd, localEnd)
  if (length < 0 || localEnd.bytes.readUInt16BE(PORT) !== address.port) return false
  remoteName(fd, remoteEnd)
  return localEnd.bytes.compare(remoteEnd.bytes, 0, length, 0, length) === 0
}
