import process from 'node:process'
import { EINTR, systemError } from '../../system/errors.ts'
import { Block, watchReadable } from '../../system/ffi.ts'
import { epollCollect, epollControl, epollCreate } from '../../system/libc.ts'

/** epoll_ctl(2) */
const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
const EPOLL_CTL_MOD = 3
export const EPOLLIN = 0x001
export const EPOLLPRI = 0x002
export const EPOLLOUT = 0x004
export const EPOLLERR = 0x008
export const EPOLLHUP = 0x010
export const EPOLLRDHUP = 0x2000
const EPOLLET = 0x80000000

const ALL = (EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET) >>> 0
/** Errors are reported in any case. */
const ALL_BUT_DATA = (EPOLLOUT | EPOLLRDHUP | EPOLLET) >>> 0

/** struct epoll_event is packed on x64 only: 32 bits of events, then 64 bits of ours, in 32-bit words. */
const WORDS = process.arch === 'x64' ? 3 : 4
const DATA = WORDS - 2

const MOST_EVENTS = 256
/** Rounds in one turn, before timers, IPC and promises get their turn. */
const MOST_ROUNDS = 16
/** After a round of fewer events, more are unlikely to be there already: libuv waits for them. */
const BUSY_EVENTS = 4

/** Receives the events of one descriptor. */
export interface Watched {
  readonly fd: number
  /** Distinguishes it from an earlier owner of the same descriptor number. Set by the reactor. */
  generation: number
  onEvents(events: number): void
}

/** Work that could not be finished within its share. */
export interface Ready {
  /** It is in the queue. Set by the reactor. */
  queued: boolean
  resume(): void
}

/** One epoll instance, edge-triggered, itself watched by libuv. */
export class Reactor {
  readonly #epoll: number
  readonly #watched: (Watched | undefined)[] = []
  readonly #keepAlive: { ref(): void; unref(): void }
  readonly #event = new Block(WORDS * 4)
  readonly #events = new Block(MOST_EVENTS * 16)
  readonly #eventWords = words(this.#event)
  readonly #eventsWords = words(this.#events)
  #count = 0
  #generation = 0
  #ready: Ready[] = []
  #turning = false
  #turnScheduled = false
  /** Promises were settled: their continuations run only after the turn. */
  #yield = false

  constructor() {
    this.#epoll = epollCreate()
    if (this.#epoll < 0) throw systemError(this.#epoll, 'epoll_create1')
    this.#keepAlive = watchReadable(this.#epoll, () => this.#turn())
    this.#keepAlive.unref()
  }

  /**
   * Events of `fd` go to `watched` until it is forgotten. Conditions that already hold are reported as events.
   *
   * @returns 0, or a negated error number: ENOSPC beyond fs.epoll.max_user_watches, ENOMEM
   */
  watch(watched: Watched): number {
    this.#generation = (this.#generation + 1) >>> 0
    watched.generation = this.#generation
    const result = this.#control(EPOLL_CTL_ADD, watched, ALL)
    if (result < 0) return result
    this.#watched[watched.fd] = watched
    if (this.#count++ === 0) this.#keepAlive.ref()
    return 0
  }

  /** Reports no more data: while a socket is not read, each packet would be an event. */
  mute(watched: Watched): void {
    this.#control(EPOLL_CTL_MOD, watched, ALL_BUT_DATA)
  }

  /** Reports data again, including data that is already there. */
  unmute(watched: Watched): void {
    this.#control(EPOLL_CTL_MOD, watched, ALL)
  }

  #control(operation: number, { fd, generation }: Watched, events: number): number {
    this.#eventWords[0] = events
    this.#eventWords[DATA] = fd
    this.#eventWords[DATA + 1] = generation
    return epollControl(this.#epoll, operation, fd, this.#event)
  }

  /** For a descriptor that stays open. */
  unwatch(watched: Watched): void {
    this.#control(EPOLL_CTL_DEL, watched, 0)
    this.forget(watched.fd)
  }

  /** Call before close(2), which takes the descriptor out of the epoll instance. */
  forget(fd: number): void {
    if (this.#watched[fd] === undefined) return
    this.#watched[fd] = undefined
    if (--this.#count === 0) this.#keepAlive.unref()
  }

  /** Goes on with `ready` when all others have had their share. */
  later(ready: Ready): void {
    if (ready.queued) return
    ready.queued = true
    this.#ready.push(ready)
    if (!this.#turning) this.#scheduleTurn()
  }

  /** A promise was settled: end the turn soon, so that its continuation can run. */
  yieldSoon(): void {
    this.#yield = true
  }

  #scheduleTurn(): void {
    if (this.#turnScheduled) return
    this.#turnScheduled = true
    setImmediate(() => {
      this.#turnScheduled = false
      this.#turn()
    })
  }

  #turn(): void {
    this.#yield = false
    this.#turning = true
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const count = epollCollect(this.#epoll, this.#events, MOST_EVENTS)
      if (count < 0 && count !== EINTR) throw systemError(count, 'epoll_wait')
      for (let index = 0; index < count; index++) this.#dispatch(index * WORDS)
      this.#resumeReady()
      if (this.#yield || (count < BUSY_EVENTS && this.#ready.length === 0)) break
    }
    this.#turning = false
    if (this.#ready.length > 0) this.#scheduleTurn()
  }

  #dispatch(word: number): void {
    const events = this.#eventsWords[word] as number
    const watched = this.#watched[this.#eventsWords[word + DATA] as number]
    // An event may belong to a socket that was just closed, whose number another socket now has.
    if (watched && watched.generation === this.#eventsWords[word + DATA + 1]) watched.onEvents(events)
  }

  #resumeReady(): void {
    if (this.#ready.length === 0) return
    const ready = this.#ready
    this.#ready = []
    for (const one of ready) {
      one.queued = false
      one.resume()
    }
  }
}

const words = ({ bytes }: Block): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Uint32Array.BYTES_PER_ELEMENT)
