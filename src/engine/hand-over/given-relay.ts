/**
 * A living relay as one process gives it to another: everything that its engine knows of it. The descriptors belong to
 * whoever has the value. Times are `nowMs()`.
 */
import type { PeerKey } from '../../system/sockets/peer-name.ts'
import type { BothWays, Side } from '../direction.ts'
import type { Flow } from '../flow.ts'

/** Bytes that were read from the sender and that the receiver's kernel has not taken. */
export type GivenBytes =
  /** `ours` of them, at the front, are not counted. */
  | { readonly kind: 'memory'; readonly bytes: Uint8Array; readonly ours: number }
  /** They stay in the kernel. */
  | { readonly kind: 'pipe'; readonly read: number; readonly write: number; readonly size: number }

export interface GivenFlow extends Readonly<Flow> {
  /** Bytes that the receiver had acknowledged when its kernel was last asked. */
  readonly acknowledged: number
  /** Nothing more is moved in this direction. */
  readonly isOver: boolean
  readonly waiting: GivenBytes | undefined
}

export interface GivenPeer {
  /** Open, non-blocking, in no epoll instance. */
  readonly descriptor: number
  /** As `Peer.key`. */
  readonly key: PeerKey
  /** It has reset or broken; what arrived before can still be read. */
  readonly error: { readonly errno: number; readonly syscall: string } | undefined
}

export interface GivenRelay extends BothWays<GivenFlow> {
  readonly client: GivenPeer
  readonly upstream: GivenPeer
  /** The side whose FIN was passed on, if one was. */
  readonly firstFin: Side | undefined
  /** As `Relay.resetBy`. */
  readonly resetBy: Side | undefined
}

/** Every descriptor of a given relay, always in the same order. */
export const descriptorsOf = (relay: GivenRelay): number[] => [
  relay.client.descriptor,
  relay.upstream.descriptor,
  ...pipesOf(relay),
]

/** Both ends of each pipe that it holds. */
export const pipesOf = ({ toUpstream, toClient }: GivenRelay): number[] =>
  [toUpstream, toClient].flatMap(({ waiting }) => (waiting?.kind === 'pipe' ? [waiting.read, waiting.write] : []))
