import { EAGAIN, EINTR } from '../../../system/errors.ts'
import type { Block } from '../../../system/ffi.ts'
import { recv } from '../../../system/libc.ts'
import { EarlyBytes } from '../../early-bytes.ts'
import type { Peek } from '../../peer.ts'
import type { KernelSocket, SocketOrigin } from './kernel-socket.ts'

const NOTHING = Buffer.alloc(0)

/** A peer as its prelude knows it. */
interface PreludePeer extends KernelSocket {
  /** Tells whoever wants to know that it is gone. */
  tellGone(): void
}

/**
 * What passes between a peer and us before a relay has it: its early bytes, and bytes of ours.
 *
 * It is made by the first peek, or by the first write that the kernel does not take whole, and is the peer's owner until
 * the relay is. So a peer that nobody peeks at has no field for it, makes no call and allocates nothing. Early bytes are
 * read, not looked at with MSG_PEEK: with bytes left in the socket each packet would be an event, and each look would copy
 * them again.
 */
export class Prelude {
  readonly early = new EarlyBytes()
  /** The bytes of ours that the kernel has not taken. */
  unsent = NOTHING
  readonly #origin: SocketOrigin

  constructor(origin: SocketOrigin) {
    this.#origin = origin
  }

  onSocket(peer: PreludePeer): void {
    if (peer.error) peer.tellGone()
    if (this.early.isAwaited) this.#read(peer)
    if (this.unsent.length > 0) this.write(peer, NOTHING)
  }

  peek(peer: PreludePeer, atLeast?: number): Peek {
    const peek = this.early.peek(atLeast)
    this.#read(peer)
    return peek
  }

  /** Reads what a peek waits for, and no more. */
  #read(peer: PreludePeer): void {
    const { buffer, reactor } = this.#origin
    while (this.early.isAwaited && peer.readable && !peer.closed) {
      const { room } = this.early
      const size = recv(peer.fd, buffer, room)
      if (size > 0) {
        if (size < room && peer.nextIsAnEvent) peer.drained()
        this.early.add(buffer.bytes.subarray(0, size))
      } else if (size === EAGAIN) {
        if (!peer.doubtsEagain()) peer.drained()
      } else if (size !== EINTR) {
        if (size < 0) peer.broke(size, 'read')
        this.early.finish(peer.error ? 'broken' : 'ended')
      }
    }
    if (!this.early.isAwaited) reactor.yieldSoon()
    // Otherwise each packet would be an event.
    if (this.early.room === 0) peer.listenForData(false)
  }

  /** Sends bytes of ours after those that wait already; what the kernel does not take waits. */
  write(peer: KernelSocket, bytes: Uint8Array): void {
    const all = this.unsent.length > 0 ? Buffer.concat([this.unsent, bytes]) : bytes
    this.unsent = Buffer.from(sendWhatFits(peer, all, this.#origin.buffer))
  }
}

/** Sends what the kernel takes now. Returns the rest: nothing if the peer has reset, which its relay will find. */
export const sendWhatFits = (peer: KernelSocket, bytes: Uint8Array, buffer: Block): Uint8Array => {
  let rest = bytes
  while (rest.length > 0 && peer.writable && !peer.closed) {
    const piece = rest.subarray(0, buffer.size)
    buffer.bytes.set(piece)
    const sent = peer.send(buffer, 0, piece.length)
    if (sent > 0) rest = rest.subarray(sent)
    else if (sent === EAGAIN) peer.filled()
    else if (sent !== EINTR) {
      peer.broke(sent, 'write')
      return NOTHING
    }
  }
  return rest
}
