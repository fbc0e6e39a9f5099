import type { BoundHandle } from '../engine/engine.ts'
import type { ToWorker } from '../ipc/messages.ts'
import { type Patch, patchBetween } from '../serving/plan.ts'
import { NOTHING_SERVED, type ServingState, socketsIn } from '../serving/state.ts'
import { LeavingSockets } from './sockets/leaving-sockets.ts'

/** Edits that are closer together reach the workers as one patch. */
const SETTLE_MS = 50

/** A worker, as the receiver of the state. */
export interface Follower {
  send(message: ToWorker, handle?: BoundHandle): void
}

/** The listening sockets, by the numbers that the state has for them. */
export interface StateSockets {
  get(socket: number): { readonly handle: BoundHandle; readonly isPassed?: boolean } | undefined
  close(socket: number): void
}

/** Completes an edited state. `oldestServed` is the oldest version that a worker may still serve; the first has no `before`. */
type CompleteState = (state: ServingState, oldestServed: number, before: ServingState | undefined) => ServingState

/** What a follower was sent, and which version it has reported. */
interface Progress {
  /** The state that its last patch leads to. */
  sent: ServingState
  /** The version that it last answered: it serves it, or cannot apply it. */
  answered: number
  /** The version that it last served. */
  served: number
  /** The sockets that it has, or that are on their way to it. */
  sockets: ReadonlySet<number>
}

/**
 * Owns the serving state: every source of changes edits it here and does nothing else. Each worker gets one patch at a
 * time, with all changes since the last one. The next patch leaves when the worker has answered that one, so nothing piles
 * up, however many edits there are and however slow a worker is.
 */
export class StateOwner {
  readonly #followers = new Map<Follower, Progress>()
  readonly #sockets: StateSockets
  readonly #leaving: LeavingSockets
  readonly #complete: CompleteState
  readonly #watching: ((state: ServingState) => void)[] = []
  #watched: ServingState | undefined
  #state: ServingState
  #publishing: NodeJS.Timeout | undefined
  #publishedMs = Number.NEGATIVE_INFINITY
  #lastPatch: { from: ServingState; to: ServingState; patch: Patch } | undefined

  /**
   * @param sockets those that the state names; it closes those that an edit takes out of the state
   * @param complete adds what is the primary's to name, after every edit
   */
  constructor(state: ServingState, sockets: StateSockets, complete: CompleteState = (edited) => edited) {
    this.#sockets = sockets
    this.#leaving = new LeavingSockets((socket) => sockets.close(socket))
    this.#complete = complete
    this.#state = complete(state, state.version, undefined)
  }

  get state(): ServingState {
    return this.#state
  }

  /** Replaces the state by what `change` makes of it, as the next version. Workers serve it within 100 ms. */
  edit(change: (state: ServingState) => ServingState): void {
    const before = this.#state
    const changed = change(before)
    if (changed === before) return
    this.#state = this.#complete({ ...changed, version: before.version + 1 }, this.oldestServed, before)
    this.#leaving.note(before, this.#state)
    this.#closeLeaving()
    if (changed.draining !== before.draining) this.#publish()
    else this.#publishSoon()
  }

  /** Calls `watch` with the state now, and whenever it goes to the workers: not after each of many edits. */
  watch(watch: (state: ServingState) => void): void {
    this.#watching.push(watch)
    watch(this.#state)
  }

  /** Sends the worker the state and its changes, from now until `unfollow`. */
  follow(follower: Follower): void {
    const { version } = NOTHING_SERVED
    const progress: Progress = { sent: NOTHING_SERVED, answered: version, served: version, sockets: new Set() }
    this.#followers.set(follower, progress)
    this.#send(follower, progress)
  }

  unfollow(follower: Follower): void {
    this.#followers.delete(follower)
    this.#closeLeaving()
  }

  /** A worker has reported that it serves this version. */
  served(follower: Follower, version: number): void {
    const progress = this.#followers.get(follower)
    if (progress === undefined) return
    progress.served = version
    this.#answered(progress, version)
  }

  /** A worker cannot apply this version: it still serves the one before, and gets what comes next. */
  notApplied(follower: Follower, version: number): void {
    const progress = this.#followers.get(follower)
    if (progress) this.#answered(progress, version)
  }

  /** A worker has missed a patch: it gets the whole state. */
  missed(follower: Follower): void {
    const progress = this.#followers.get(follower)
    if (progress === undefined) return
    progress.sent = NOTHING_SERVED
    progress.answered = NOTHING_SERVED.version
    this.#send(follower, progress)
  }

  /** The version that a worker serves; 0 before its first report. */
  versionOf(follower: Follower): number {
    return this.#followers.get(follower)?.served ?? 0
  }

  /** Edits remain possible, but no worker gets them, and nobody watches. */
  close(): void {
    clearTimeout(this.#publishing)
    this.#watching.length = 0
    this.#followers.clear()
  }

  #answered(progress: Progress, version: number): void {
    progress.answered = version
    this.#closeLeaving()
    if (progress.sent !== this.#state) this.#publishSoon()
  }

  /** A worker that has answered has what it was sent before. */
  #closeLeaving(): void {
    const unanswered = [...this.#followers.values()].filter(({ sent, answered }) => answered !== sent.version)
    this.#leaving.closeAllBut((socket) => unanswered.some(({ sockets }) => sockets.has(socket)))
  }

  /** The oldest version that a worker serves. One that is new serves nothing yet, whatever it will be told. */
  get oldestServed(): number {
    return Math.min(this.#state.version, ...[...this.#followers.values()].map(({ served }) => served))
  }

  #publishSoon(): void {
    this.#publishing ??= setTimeout(() => this.#publish(), this.#publishedMs + SETTLE_MS - performance.now())
  }

  #publish(): void {
    clearTimeout(this.#publishing)
    this.#publishing = undefined
    this.#publishedMs = performance.now()
    this.#tellWatching()
    for (const [follower, progress] of this.#followers) this.#send(follower, progress)
  }

  /** An edit that one of them makes is told with the next patch. */
  #tellWatching(): void {
    const state = this.#state
    if (this.#watched === state) return
    this.#watched = state
    for (const watch of this.#watching) watch(state)
  }

  /** Sends a patch if the last one was answered. A drain does not wait for that. */
  #send(follower: Follower, progress: Progress): void {
    const { sent, answered, sockets } = progress
    const state = this.#state
    if (sent === state || (answered !== sent.version && !state.draining)) return
    progress.sockets = socketsIn(state)
    for (const socket of progress.sockets) {
      const { handle, isPassed = false } = sockets.has(socket) ? {} : (this.#sockets.get(socket) ?? {})
      if (handle) follower.send({ kind: 'socket', socket, isPassed }, handle)
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
