import type { BoundHandle } from '../engine/engine.ts'
import type { ToWorker } from '../ipc/messages.ts'
import { type Patch, patchBetween } from '../serving/plan.ts'
import { NOTHING_SERVED, type ServingState } from '../serving/state.ts'
import type { KnownNames } from './workers/totals-by-worker.ts'

/** Edits that are closer together reach the workers as one patch. */
const SETTLE_MS = 50

/** A worker, as the receiver of the state. */
export interface Follower {
  send(message: ToWorker, handle?: BoundHandle): void
}

/**
 * Completes a state that was edited. `oldestServed` is the oldest version that a worker may still serve, `before` the state
 * that was edited; there is none for the first one.
 */
type CompleteState = (state: ServingState, oldestServed: number, before: ServingState | undefined) => ServingState

/** What a follower was sent, and which version it has reported. */
interface Progress {
  /** The state that its last patch leads to. */
  sent: ServingState
  /** The version that it last reported. */
  served: number
  readonly sockets: Set<number>
}

/**
 * Owns the serving state: every source of changes edits it here and does nothing else. Each worker gets one patch at a
 * time, with all changes since the last one. The next patch leaves when the worker has reported that version, so nothing
 * piles up, however many edits there are and however slow a worker is.
 */
export class StateOwner implements KnownNames {
  readonly #followers = new Map<Follower, Progress>()
  readonly #handleOf: (socket: number) => BoundHandle | undefined
  readonly #complete: CompleteState
  readonly #listenersSoFar = new Set<string>()
  readonly #upstreamsSoFar = new Set<string>()
  #state: ServingState
  #publishing: NodeJS.Timeout | undefined
  #publishedMs = Number.NEGATIVE_INFINITY
  #lastPatch: { from: ServingState; to: ServingState; patch: Patch } | undefined

  /**
   * @param handleOf the listening socket of a number that the state names
   * @param complete adds what is the primary's to name, after every edit
   */
  constructor(
    state: ServingState,
    handleOf: (socket: number) => BoundHandle | undefined,
    complete: CompleteState = (edited) => edited,
  ) {
    this.#handleOf = handleOf
    this.#complete = complete
    this.#state = complete(state, state.version, undefined)
    this.#noteNames(state)
  }

  get state(): ServingState {
    return this.#state
  }

  /** Replaces the state by what `change` makes of it, as the next version. Workers serve it within 100 ms. */
  edit(change: (state: ServingState) => ServingState): void {
    const changed = change(this.#state)
    if (changed === this.#state) return
    const before = this.#state
    this.#state = this.#complete({ ...changed, version: before.version + 1 }, this.#oldestServed, before)
    this.#noteNames(this.#state)
    if (changed.draining) this.#publish()
    else this.#publishSoon()
  }

  /** Sends the worker the state and its changes, from now until `unfollow`. */
  follow(follower: Follower): void {
    const progress: Progress = { sent: NOTHING_SERVED, served: NOTHING_SERVED.version, sockets: new Set() }
    this.#followers.set(follower, progress)
    this.#send(follower, progress)
  }

  unfollow(follower: Follower): void {
    this.#followers.delete(follower)
  }

  /** A worker has reported that it serves this version. */
  served(follower: Follower, version: number): void {
    const progress = this.#followers.get(follower)
    if (progress === undefined) return
    progress.served = version
    if (progress.sent !== this.#state) this.#publishSoon()
  }

  /** A worker has missed a patch: it gets the whole state. */
  missed(follower: Follower): void {
    const progress = this.#followers.get(follower)
    if (progress === undefined) return
    progress.sent = NOTHING_SERVED
    progress.served = NOTHING_SERVED.version
    this.#send(follower, progress)
  }

  /** The version that a worker last reported; 0 before its first report. */
  versionOf(follower: Follower): number {
    return this.#followers.get(follower)?.served ?? 0
  }

  /** Whether it is or was served: a removed listener is still counted until its last connection has ended. */
  hasListener(name: string): boolean {
    return this.#listenersSoFar.has(name)
  }

  hasUpstream(name: string): boolean {
    return this.#upstreamsSoFar.has(name)
  }

  /** Edits remain possible, but no worker gets them. */
  close(): void {
    clearTimeout(this.#publishing)
    this.#followers.clear()
  }

  #noteNames({ listeners, upstreams }: ServingState): void {
    for (const name of listeners.keys()) this.#listenersSoFar.add(name)
    for (const name of upstreams.keys()) this.#upstreamsSoFar.add(name)
  }

  /** One that is new serves nothing yet, whatever it will be told. */
  get #oldestServed(): number {
    return Math.min(this.#state.version, ...[...this.#followers.values()].map(({ served }) => served))
  }

  #publishSoon(): void {
    this.#publishing ??= setTimeout(() => this.#publish(), this.#publishedMs + SETTLE_MS - performance.now())
  }

  #publish(): void {
    clearTimeout(this.#publishing)
    this.#publishing = undefined
    this.#publishedMs = performance.now()
    for (const [follower, progress] of this.#followers) this.#send(follower, progress)
  }

  /** Sends a patch if the last one was answered. A drain does not wait for that. */
  #send(follower: Follower, progress: Progress): void {
    const { sent, served, sockets } = progress
    const state = this.#state
    if (sent === state || (served !== sent.version && !state.draining)) return
    for (const { sockets: named } of state.listeners.values()) {
      for (const socket of named) {
        const handle = sockets.has(socket) ? undefined : this.#handleOf(socket)
        if (handle === undefined) continue
        sockets.add(socket)
        follower.send({ kind: 'socket', socket }, handle)
      }
    }
    progress.sent = state
    follower.send({ kind: 'patch', patch: this.#patch(sent, state) })
  }

  /** Most often all workers are at the same version and get the same patch. */
  #patch(from: ServingState, to: ServingState): Patch {
    if (this.#lastPatch?.from !== from || this.#lastPatch.to !== to) {
      this.#lastPatch = { from, to, patch: patchBetween(from, to) }
    }
    return this.#lastPatch.patch
  }
}
