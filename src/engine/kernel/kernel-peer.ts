import { formatAddress } from '../../config/fields/address.ts'
import { ECONNRESET } from '../../system/errors.ts'
import { pendingError } from '../../system/libc.ts'
import { peerName } from '../../system/sockaddr.ts'
import { readTcpInfo } from '../../system/tcp-info.ts'
import type { Peer, TcpInfo } from '../engine.ts'
import { KernelSocket } from './kernel-socket.ts'
import { EPOLLERR, EPOLLIN, EPOLLOUT } from './reactor.ts'

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

  onEvents(events: number): void {
    this.note(events)
    if (events & EPOLLERR) this.broke(pendingError(this.fd) || ECONNRESET, 'read')
    if (this.owner) this.owner.onSocket(this)
    else if (this.error) this.#gone(this.error)
  }

  /** Reads and writes once more without an event: the one that tells of it may still wait for its turn. */
  lookAgain(): void {
    if (!this.closed) this.onEvents(EPOLLIN | EPOLLOUT)
  }

  #gone(error: NodeJS.ErrnoException): void {
    const { onGone } = this
    this.onGone = undefined
    onGone?.(error)
  }

  tcpInfo(): TcpInfo | undefined {
    return this.closed ? undefined : readTcpInfo(this.fd)
  }

  override close(): void {
    this.owner = undefined
    super.close()
  }
}
