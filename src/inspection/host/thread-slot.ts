import { countMemory } from '../shared/count-row.ts'
import { describeThrown } from '../shared/describe-thrown.ts'
import { type Answer, clockMs, PROGRESS } from '../shared/messages.ts'
import { CallWatch, type Watched } from './call-watchdog.ts'
import { type Plans, plansOf, type Version } from './inspector-set.ts'
import { InspectingThread, type ThreadEvents } from './inspector-thread.ts'
import { ReplacementPause } from './replacement-pause.ts'
import type { ThreadCounts } from './thread-counts.ts'
import { nextBatch, type Pinned, type Request } from './thread-queue.ts'

/**
 * A place for a thread, and the connections that are pinned to it. A thread that ends is replaced, and its connections
 * hear of it. One batch is under way at a time: the slower the thread, the larger the next one, and the fewer wake-ups.
 */
export class Slot {
  readonly pinned = new Set<Pinned>()
  state: 'starting' | 'ready' | 'down' = 'starting'
  readonly #memoryBytes: number
  readonly #counts: ThreadCounts
  readonly #events: ThreadEvents
  #thread: InspectingThread | undefined
  /** The versions that the thread has. */
  readonly #loaded = new Set<number>()
  #loading = 0
  #queue: Request[] = []
  #underWay: readonly Request[] = []
  #sentMs = 0
  #pumpIsDue = false
  readonly #watch = new CallWatch(() => this.#whatIsWatched())
  readonly #pause = new ReplacementPause()
  #restart: NodeJS.Timeout | undefined
  #closed = false

  constructor(memoryBytes: number, counts: ThreadCounts, events: ThreadEvents) {
    this.#memoryBytes = memoryBytes
    this.#counts = counts
    this.#events = events
  }

  /**
   * Starts a thread with a first version.
   *
   * @throws {InspectorsWrong} if some of it cannot be loaded; anything else if the thread ended over it
   */
  async start(version: Version): Promise<Plans> {
    this.state = 'starting'
    this.#pause.begin()
    const thread = new InspectingThread(this.#memoryBytes, {
      onEnd: (reason) => this.#threadEnded(reason),
      onStuck: () => this.#events.onStuck(),
    })
    this.#thread = thread
    const plans = await this.load(version)
    if (this.#thread === thread) {
      this.state = 'ready'
      this.#pump()
    }
    return plans
  }

  /** Loads another version into the thread that runs. Throws as `start` does; the version is not used then. */
  async load({ number, wanted }: Version): Promise<Plans> {
    const thread = this.#thread
    if (thread === undefined) throw new Error('there is no thread')
    const inspectors = Object.values(wanted).reduce((sum, ones) => sum + ones.length, 0)
    const counts = countMemory(inspectors)
    this.#counts.add(this, number, counts)
    this.#loading += 1
    try {
      const plans = plansOf(wanted, await thread.load({ generation: number, listeners: wanted, counts }))
      if (this.#thread === thread) this.#loaded.add(number)
      return plans
    } finally {
      this.#loading -= 1
    }
  }

  /** Whether connections of a version can begin here. */
  serves(version: number): boolean {
    return this.state === 'ready' && this.#loaded.has(version)
  }

  unload(version: number): void {
    if (this.#loaded.delete(version)) this.#thread?.unload(version)
  }

  /** Replaces the thread that has ended, at once if it was of use, by one with the version that is then current. */
  replace(current: () => Version): void {
    if (this.#closed) return
    this.#restart = setTimeout(async () => {
      try {
        await this.start(current())
        // Another one may have been loaded meanwhile.
        while (!this.#loaded.has(current().number)) await this.load(current())
      } catch (error) {
        // If it ended, it was said and is being replaced already.
        this.#threadEnded(describeThrown(error).message)
      }
    }, this.#pause.end()).unref()
  }

  ask(request: Request): void {
    this.#queue.push(request)
    if (this.#pumpIsDue || this.#underWay.length > 0) return
    this.#pumpIsDue = true
    // What other connections bring in the same turn goes along.
    setImmediate(() => {
      this.#pumpIsDue = false
      this.#pump()
    })
  }

  /** Forgets chunks that were not sent yet: their connection goes on without, and their memory is lent to others. */
  withdraw(connection: Pinned): void {
    this.#queue = this.#queue.filter((request) => request.connection !== connection || request.bytes === undefined)
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#underWay.length === 0
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#restart)
    this.#watch.end()
    this.#thread?.end()
  }

  #pump(): void {
    const thread = this.#thread
    if (this.state !== 'ready' || thread === undefined || this.#underWay.length > 0 || this.#queue.length === 0) return
    const items = nextBatch(this.#queue, thread.arena)
    this.#underWay = this.#queue.splice(0, items.length)
    this.#sentMs = clockMs()
    this.#watch.begin()
    const answers = thread.run(items)
    if (!(answers instanceof Promise)) return this.#answered(answers)
    // A rejection has ended the thread, and all of this was told.
    answers.then((late) => this.#answered(late), isToldByThreadEnd)
  }

  #answered(answers: readonly Answer[]): void {
    const requests = this.#underWay
    this.#underWay = []
    this.#pause.wasOfUse()
    for (const [index, { answered }] of requests.entries()) {
      const answer = answers[index]
      if (answer !== undefined) answered?.(answer)
    }
    this.#pump()
  }

  #whatIsWatched(): Watched | undefined {
    const thread = this.#thread
    if (thread === undefined || this.#underWay.length === 0) return undefined
    const { progress } = thread
    const limitMs = (item: number, link: number): number | undefined =>
      this.#loading > 0 ? Number.POSITIVE_INFINITY : this.#underWay[item - 1]?.connection.timeoutMs(link)
    const onTooLong = (ms: number): void => this.#threadEnded(`it took longer than ${ms} ms`)
    return { progress, sentMs: this.#sentMs, limitMs, onTooLong }
  }

  #threadEnded(reason: string): void {
    if (this.#thread === undefined || this.#closed) return
    const { progress } = this.#thread
    const caller = this.#underWay[(progress[PROGRESS.item] ?? 0) - 1]?.connection
    const callerLink = progress[PROGRESS.link]
    this.#thread.end()
    this.#thread = undefined
    this.state = 'down'
    this.#counts.end(this)
    this.#loaded.clear()
    const connections = [...this.pinned]
    this.pinned.clear()
    this.#queue = []
    this.#underWay = []
    for (const connection of connections) {
      if (connection === caller) connection.threadEnded(reason, callerLink)
      else if (caller === undefined) connection.threadEnded(reason)
      else connection.threadEnded(`the thread was ended by another connection: ${reason}`)
    }
    this.#events.onEnd(reason)
  }
}

const isToldByThreadEnd = (): void => {}
