import { countMemory } from '../../shared/count-row.ts'
import { describeThrown } from '../../shared/describe-thrown.ts'
import { type InspectorPlans, inspectorCount, plansOf, type SetSource } from '../sets/inspector-set.ts'
import type { InspectorSets } from '../sets/inspector-sets.ts'
import { type QueueOwner, ThreadQueue, type ThreadUser } from '../thread-queue.ts'
import { InspectorThread, type ThreadEvents } from './inspector-thread.ts'
import { ReplacementPause } from './replacement-pause.ts'
import type { ThreadCounts } from './thread-counts.ts'

/** What all threads of a worker share. */
export interface ThreadSettings {
  readonly memoryBytes: number
  readonly counts: ThreadCounts
  readonly sets: InspectorSets
}

/**
 * A place for a thread, and its connections. A thread that ends is replaced at once if it was of use, and its
 * connections hear of it.
 */
export class ThreadSlot implements QueueOwner {
  readonly queue = new ThreadQueue(this)
  state: 'starting' | 'ready' | 'down' = 'starting'
  readonly #settings: ThreadSettings
  readonly #events: ThreadEvents
  readonly #users = new Set<ThreadUser>()
  #thread: InspectorThread | undefined
  /** The sets that the thread has. */
  readonly #loaded = new Set<number>()
  /** Sets that connections have begun with while the thread starts, and that it has not. */
  readonly #missing = new Map<number, SetSource>()
  #loading = 0
  readonly #pause = new ReplacementPause()
  #restart: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: ThreadSettings, events: ThreadEvents) {
    this.#settings = settings
    this.#events = events
  }

  /** How many connections it has. */
  get userCount(): number {
    return this.#users.size
  }

  get isLoading(): boolean {
    return this.#loading > 0
  }

  /**
   * Starts a thread. It is ready once it has the current set, and those that connections have begun with meanwhile.
   *
   * @returns the plans of the first set that it loaded
   * @throws {InspectorsWrong} if some of it cannot be loaded; anything else if the thread ended over it
   */
  async start(): Promise<InspectorPlans> {
    this.state = 'starting'
    this.#pause.begin()
    const thread = new InspectorThread(this.#settings.memoryBytes, {
      onEnd: (reason) => this.#threadEnded(reason),
      onStuck: () => this.#events.onStuck(),
    })
    this.#thread = thread
    const plans = await this.load(this.#settings.sets.current)
    for (let set = this.#nextSet(); set !== undefined; set = this.#nextSet()) await this.load(set)
    if (this.#thread === thread) this.#ready(thread)
    return plans
  }

  /** Loads another set into the thread. Throws as `start` does; the set is not used then. */
  async load({ setNumber, sources }: SetSource): Promise<InspectorPlans> {
    const thread = this.#thread
    if (thread === undefined) throw new Error('there is no thread')
    const counts = countMemory(inspectorCount(sources))
    this.#settings.counts.add(this, setNumber, counts)
    this.#loading += 1
    try {
      const plans = plansOf(sources, await thread.load({ setNumber, listeners: sources, counts }))
      if (this.#thread === thread) this.#loaded.add(setNumber)
      return plans
    } finally {
      this.#loading -= 1
    }
  }

  has(setNumber: number): boolean {
    return this.#loaded.has(setNumber)
  }

  /** Once what is queued is done: it may begin with the set. */
  unload(setNumber: number): void {
    if (this.#loaded.delete(setNumber)) this.queue.add({ kind: 'notice', notice: { kind: 'unload', setNumber } })
  }

  /** A connection begins. Its requests wait until the thread is ready. */
  add(user: ThreadUser, set: SetSource): void {
    this.#users.add(user)
    if (!this.has(set.setNumber)) this.#missing.set(set.setNumber, set)
  }

  remove(user: ThreadUser): void {
    this.#users.delete(user)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#restart)
    this.queue.close()
    this.#thread?.end()
  }

  onAnswers(): void {
    this.#pause.wasOfUse()
  }

  onTooLong(reason: string): void {
    this.#threadEnded(reason)
  }

  #nextSet(): SetSource | undefined {
    const { current } = this.#settings.sets
    if (!this.has(current.setNumber)) return current
    for (const [setNumber, set] of this.#missing) {
      this.#missing.delete(setNumber)
      if (!this.has(setNumber)) return set
    }
    return undefined
  }

  #ready(thread: InspectorThread): void {
    // What became unused while it was loaded.
    for (const setNumber of this.#loaded) if (!this.#settings.sets.isInUse(setNumber)) this.unload(setNumber)
    this.state = 'ready'
    this.queue.begin(thread)
  }

  #replace(): void {
    this.#restart = setTimeout(async () => {
      try {
        await this.start()
      } catch (error) {
        // If it ended, it was said and is being replaced already.
        this.#threadEnded(describeThrown(error).message)
      }
    }, this.#pause.end()).unref()
  }

  #threadEnded(reason: string): void {
    if (this.#thread === undefined || this.#closed) return
    const last = this.queue.end()
    this.#thread.end()
    this.#thread = undefined
    this.state = 'down'
    this.#settings.counts.end(this)
    this.#loaded.clear()
    this.#missing.clear()
    const users = [...this.#users]
    this.#users.clear()
    for (const user of users) {
      if (user === last.user) user.threadEnded(reason, last.link)
      else if (last.user === undefined) user.threadEnded(reason)
      else user.threadEnded(`the thread was ended by another connection: ${reason}`)
    }
    this.#events.onEnd(reason)
    if (!this.#closed) this.#replace()
  }
}
