import { formatAddress } from '../../../config/fields/address.ts'
import { ECONNRESET, systemError } from '../../../system/errors.ts'
import { pendingError } from '../../../system/libc.ts'
import { type PeerKey, peerName } from '../../../system/sockets/peer-name.ts'
import { localOf } from '../../../system/sockets/peer-of.ts'
import { readTcpInfo, type TcpInfo } from '../../../system/sockets/tcp-info.ts'
import type { GivenPeer } from '../../hand-over/given-relay.ts'
import type { LooseSocket, Peek, Peer } from '../../peer.ts'
import { EPOLLERR, EPOLLIN, EPOLLOUT } from '../reactor.ts'
import { KernelSocket } from './kernel-socket.ts'
import { Prelude, sendWhatFits } from './prelude.ts'

const NOTHING = Buffer.alloc(0)

/** Who hears what the reactor learnt of a peer. */
export interface PeerOwner {
  onSocket(peer: KernelPeer): void
}

/** The other end of a connection: its socket, and who hears of it. */
export class KernelPeer extends KernelSocket implements Peer {
  owner: PeerOwner | undefined
  onGone: ((error: NodeJS.ErrnoException) => void) | undefined

  get remote(): string {
    return typeof this.name === 'object' ? formatAddress(this.name) : peerName(this.name)
  }

  get key(): PeerKey {
    return typeof this.name === 'object' ? formatAddress(this.name) : this.name
  }

  get local(): string {
    return localOf(this.fd) ?? 'unknown'
  }

  onEvents(events: number): void {
    this.note(events)
    if (events & EPOLLERR) this.broke(pendingError(this.fd) || ECONNRESET, 'read')
    if (this.owner) this.owner.onSocket(this)
    else if (this.error) this.tellGone()
  }

  /** Reads, and `writes`, once more without an event, because the event may still be waiting for its turn. */
  lookAgain(writes: boolean): void {
    if (!this.closed) this.onEvents(writes ? EPOLLIN | EPOLLOUT : EPOLLIN)
  }

  tellGone(): void {
    const { error, onGone } = this
    if (error === undefined) return
    this.onGone = undefined
    onGone?.(error)
  }

  peek(atLeast?: number): Peek {
    return this.#prelude().peek(this, atLeast)
  }

  consume(count: number): void {
    this.#prelude().early.consume(count)
    this.listenForData(true)
  }

  writeFirst(bytes: Uint8Array): void {
    if (this.closed) return
    if (this.owner) return this.#prelude().write(this, bytes)
    const rest = sendWhatFits(this, bytes, this.origin.buffer)
    if (rest.length > 0) this.#prelude().write(this, rest)
  }

  #prelude(): Prelude {
    if (this.owner instanceof Prelude) return this.owner
    if (this.owner) throw new Error('a relay has the peer')
    const prelude = new Prelude(this.origin)
    if (this.closed) prelude.early.finish('broken')
    else this.owner = prelude
    return prelude
  }

  /** From now on `owner` hears of it. Returns what has passed before, where there was anything. */
  begin(owner: PeerOwner): Prelude | undefined {
    const before = this.owner
    this.owner = owner
    if (!(before instanceof Prelude)) return undefined
    // Early bytes are handled as if they came now, and an end that the prelude has found is found again.
    this.listenForData(true)
    this.note(EPOLLIN)
    return before
  }

  detach(): LooseSocket | undefined {
    const { owner } = this
    const prelude = owner instanceof Prelude ? owner : undefined
    if (this.closed || owner !== prelude) return undefined
    this.origin.reactor.unwatch(this)
    this.owner = undefined
    const [early, unsent] = [prelude?.early.take() ?? NOTHING, prelude?.unsent ?? NOTHING]
    return { descriptor: this.release(), early, unsent }
  }

  /** Lets go of the socket for another process, where a reset still is one if that is killed before it has it. */
  give(): GivenPeer {
    this.resetIfKilled()
    this.origin.reactor.unwatch(this)
    this.owner = undefined
    const { error, key } = this
    return {
      descriptor: this.release(),
      key,
      error: error && { errno: error.errno ?? ECONNRESET, syscall: error.syscall ?? 'read' },
    }
  }

  /** Goes on with a socket that was given. Returns 0, or a negated error number: it is closed then. */
  take({ error }: GivenPeer): number {
    this.error = error && systemError(error.errno, error.syscall)
    if (error) this.note(EPOLLIN)
    const watched = this.origin.reactor.watch(this)
    if (watched < 0) this.reset()
    return watched
  }

  tcpInfo(): TcpInfo | undefined {
    return this.closed ? undefined : readTcpInfo(this.fd)
  }

  override close(): void {
    const { owner } = this
    this.owner = undefined
    super.close()
    if (owner instanceof Prelude) owner.early.finish('broken')
  }
}
