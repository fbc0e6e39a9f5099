import type { PeerKey } from '../system/sockets/peer-name.ts'
import type { TcpInfo } from '../system/sockets/tcp-info.ts'

export type { PeerKey }

/** At most so many bytes of a peer are read before a relay has it. What is beyond them stays in the kernel. */
export const MOST_EARLY_BYTES = 64 * 1024

/**
 * Whether more may come: `open`, yes; `full`, not before some are consumed or a relay begins; `ended`, the peer has sent
 * FIN after these bytes; `broken`, it has reset or broken, or was closed here.
 */
export type EarlyState = 'open' | 'full' | 'ended' | 'broken'

/** What a peer has sent and no relay has taken. Its bytes do not change any more. */
export interface EarlyView {
  readonly bytes: Buffer
  readonly state: EarlyState
}

/** A look at the early bytes that may have to wait for them. */
export interface Peek {
  /** Resolves when there is what was asked for, and as soon as no more can come. */
  readonly view: Promise<EarlyView>
  /** Gives it up: `view` rejects with `error`, and the bytes stay. Does nothing once `view` is settled. */
  cancel(error: Error): void
}

/** The socket of a peer that an engine has let go of. */
export interface LooseSocket {
  /** Open, non-blocking, in no epoll instance; whoever has it closes it. */
  readonly descriptor: number
  /** What was read of it and not consumed: it comes before all that can still be read. */
  readonly early: Uint8Array
  /** What `writeFirst` was given and the kernel has not taken. */
  readonly unsent: Uint8Array
}

/**
 * A socket that is ours, and what can be asked of it. Every method may be called at any time, also after its end, but for
 * `peek`, `consume` and `writeFirst`, which throw while a relay has it.
 */
export interface Peer {
  /** The other end: `192.0.2.1:4711`, `[2001:db8::1]:4711`, or `unix:` and the path, or `@` and the abstract name, where it has one; `unknown` if it had left before and the kernel cannot be asked. */
  readonly remote: string
  /** `remote`, or IPv4 address and port as one number where the engine has it so: then no text is made. */
  readonly key: PeerKey
  /** This end, in the form of `remote`: the address that a client connected to. Asks the kernel each time; `unknown` once it is closed. */
  readonly local: string
  /** Called at most once, if the peer resets or its connection breaks while no relay has it. A FIN alone is no such end. */
  onGone: ((error: NodeJS.ErrnoException) => void) | undefined
  /**
   * Looks at what it has sent, without taking it: a relay delivers it first. One peek at a time.
   *
   * @param atLeast so many bytes, at most MOST_EARLY_BYTES; else one more than the peek before has shown
   */
  peek(atLeast?: number): Peek
  /** Takes the first `count` early bytes: no relay delivers them, and they are not counted. @throws RangeError if there are fewer */
  consume(count: number): void
  /** Sends bytes of ours, a copy, before all that a relay will deliver to it. They are not counted. If it has reset, the relay finds it. */
  writeFirst(bytes: Uint8Array): void
  /**
   * Lets go of the socket: it is the caller's from now on, and closed for everyone else. Undefined once it is closed, while
   * a relay has it, and where the engine cannot.
   */
  detach(): LooseSocket | undefined
  /** From now on the kernel resets it if this process is killed. A FIN would make data look complete that was cut. */
  resetIfKilled(): void
  /** Network statistics of the connection; undefined where the engine cannot ask, or it is no TCP connection or closed. */
  tcpInfo(): TcpInfo | undefined
  /** Ends it in order: what the kernel still holds for it is sent, then FIN. */
  close(): void
  /** Ends it with a RST. A unix socket has no RST: there the other end sees a close. */
  reset(): void
}
