/**
 * The contract between the data path and the ways of relaying. An engine owns its sockets from accept and connect to
 * close; it knows no policy: who may connect, which server is dialled, how long anything may take and what an end is
 * called is decided above it.
 *
 * test/engine/relay-contract.ts holds every engine to what is promised here.
 */
import type { Address } from '../config/fields/address.ts'
import type { EngineName } from '../config/schema.ts'
import type { TcpInfo } from '../system/sockets/tcp-info.ts'
import type { BothWays, Direction, Side } from './direction.ts'
import type { Flow } from './flow.ts'
import type { GivenPeer, GivenRelay } from './hand-over/given-relay.ts'
import type { Meter } from './meter.ts'
import type { Peer } from './peer.ts'

export type { Direction, Flow, Peer, Side, TcpInfo }

/** How a relay ended. What each side still has to be told (FIN or RST) is the caller's: `completed` is a FIN, the rest a RST. */
export type RelayEnd =
  /** Both sides sent FIN and everything was delivered. `first` is the side whose FIN was passed on first. */
  | { readonly how: 'completed'; readonly first: Side }
  /**
   * One side reset or broke. What the other could still be given, its kernel has sent and the other has acknowledged;
   * but for one that sends to the broken side and takes nothing: it may be blocked in that call.
   */
  | { readonly how: 'reset'; readonly by: Side; readonly error: NodeJS.ErrnoException }
  /** `stop` was called. */
  | { readonly how: 'stopped' }

/** Who hears how a relay ended. A method, not a promise: an idle connection is not to hold more than it must. */
export interface RelayOwner {
  /** Called once, after `start`; by `stop` before it returns. */
  onRelayEnd(end: RelayEnd): void
}

/** A relay between two peers. */
export interface Relay extends BothWays<Flow> {
  /**
   * Begins: from now on it hears what the peers do, and takes what they did before.
   *
   * @param given goes on from there; only where the engine can hand over
   */
  start(given?: GivenRelay): void
  /**
   * Stops moving bytes and lets go of both sockets, so that another relay, maybe of another process, can go on. Its owner
   * hears no more of it. Undefined where it cannot: it is inspected, or has ended, or the engine cannot hand over.
   */
  give(): GivenRelay | undefined
  /** Brings both flows up to date with what the kernels of the two sides have taken. `now` is `nowMs()`, asked for once for many. */
  refresh(now: number): void
  /**
   * For a clock that is about to judge: does what waits at the sockets, and books as progress what the receivers have
   * acknowledged since the last look. May end the relay.
   *
   * @returns whether a receiver has yet to acknowledge bytes; false where the kernel cannot be asked
   */
  catchUp(now: number): boolean
  /**
   * Bytes that were read from the sender and that the receiver has not acknowledged; where the kernel cannot be asked, those
   * that it has not taken. Asks each time.
   */
  pendingBytes(direction: Direction): number
  /** The side that is known to have reset; that is passed on once the other has been given what it can still be given. */
  readonly resetBy: Side | undefined
  /** Ends it at once: no more bytes are read or delivered. */
  stop(): void
}

/**
 * Sees the bytes of a relay before they are delivered, and decides what is.
 *
 * In each direction one call is under way at a time, and that direction is not read meanwhile; the other goes on. FIN
 * and reset wait for the last answer. An answer never rejects; one that never comes holds the direction until `stop`.
 */
export interface Tap {
  /** Asked before each read: false lets the direction go at full speed, and may not become true again. */
  inspects(direction: Direction): boolean
  /**
   * Gets a chunk of at most 64 KiB, which is lent to the tap until it answers; answers what is delivered in its place,
   * maybe nothing. The chunk itself is the cheapest answer.
   */
  chunk(direction: Direction, bytes: Uint8Array): Promise<readonly Uint8Array[]>
  /** The sender has ended, after its last chunk; answers what is still delivered before the FIN or reset is passed on. */
  end(direction: Direction): Promise<readonly Uint8Array[]>
}

/** A connect under way. */
export interface Dialling {
  /**
   * Resolves with the peer, also when it has answered and reset already; rejects with the system's error (`ECONNREFUSED`,
   * `EHOSTUNREACH`, `EADDRNOTAVAIL`…; `ECONNRESET` if it reset before it sent anything).
   */
  readonly peer: Promise<Peer>
  /** Gives it up: the descriptor is closed at once, with a RST if the server has accepted already, and `peer` rejects with `error`. Does nothing once `peer` is settled. */
  cancel(error: Error): void
}

/** A socket to accept on: a descriptor of this process, or the handle that came over a channel from another one. */
export type BoundSocket = number | BoundHandle

/** libuv's handle of a bound socket. */
export interface BoundHandle {
  readonly fd: number
  close(): void
}

/** A listening socket that this process accepts on. */
export interface Listening {
  /** Stops accepting, at once. Connections that live go on; the primary's socket stays open. */
  close(): void
  /**
   * Accepts the clients that wait, and those whose handshake is under way, then closes; the kernel would reset them. For a
   * socket that no process is to go on with: new clients get no answer from now on, as far as the engine can hold them off.
   *
   * @param withinMs then it closes, whoever waits; a second later in any case
   * @returns resolves once it is closed; `close` ends the wait
   */
  finish(withinMs: number): Promise<void>
}

/** What an engine reports that belongs to no connection. */
export interface EngineEvents {
  /** accept failed for want of descriptors or memory (`EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM`); accepting goes on after a pause. */
  onAcceptError(error: NodeJS.ErrnoException): void
}

/** How an engine takes part when living relays move between processes. */
export interface HandOver {
  /** Takes a peer of a given relay; it is for a relay that starts with that. @throws the system's error; the descriptor is closed then */
  adopt(given: GivenPeer, side: Side): Peer
  /** From now on relays that begin are reset, not ended with FIN, if this process is killed; see `Peer.resetIfKilled`. */
  resetIfKilled(isOn: boolean): void
}

export interface Engine {
  readonly name: EngineName
  /** Undefined where its relays cannot move. */
  readonly handOver: HandOver | undefined
  /** Accepts on a bound socket, which is the engine's from now on. `onClient` gets each client, not yet read from. */
  listen(socket: BoundSocket, onClient: (client: Peer) => void, events: EngineEvents): Listening
  /** Connects to an address whose host is an IP address. Never times out by itself: the caller cancels. */
  dial(address: Address): Dialling
  /** Makes ready to move bytes both ways until both are done. Each delivery is counted in `meter` as well. */
  relay(client: Peer, upstream: Peer, owner: RelayOwner, meter: Meter, tap?: Tap): Relay
}
