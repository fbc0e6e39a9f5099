import type { Direction } from '../../engine/engine.ts'
import type { Answer, Request } from '../shared/messages.ts'
import { clockMs } from '../shared/progress.ts'
import { CallWatchdog, type RunningCall } from './threads/call-watchdog.ts'
import type { InspectorThread } from './threads/inspector-thread.ts'

/** A connection whose requests all go to one thread. */
export interface ThreadUser {
  /** How long its inspector at that place may look at one chunk. */
  timeoutMs(link: number): number
  /** The answer to its oldest question about the direction. */
  answered(direction: Direction, answer: Answer): void
  /** Its thread has ended. `link` is the inspector whose call did it, if it was one of its own. */
  threadEnded(reason: string, link?: number): void
}

/** A notice that concerns no connection has no user. */
export type UserRequest = Request & { readonly user?: ThreadUser }

/** Where the queue reports to. */
export interface QueueOwner {
  /** The thread loads inspectors, however long that takes: its calls are not to blame. */
  readonly isLoading: boolean
  onAnswers(): void
  onTooLong(reason: string): void
}

/** The call that was running when a thread ended. */
export interface LastCall {
  readonly user: ThreadUser | undefined
  readonly link: number
}

/**
 * What one thread is asked. One batch is under way at a time: the slower the thread, the larger the next one, and the
 * fewer wake-ups.
 */
export class ThreadQueue {
  readonly #owner: QueueOwner
  readonly #watchdog = new CallWatchdog(() => this.#runningCall())
  #thread: InspectorThread | undefined
  #waiting: UserRequest[] = []
  #underWay: readonly UserRequest[] = []
  #sentMs = 0
  #sendIsDue = false

  constructor(owner: QueueOwner) {
    this.#owner = owner
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay.length === 0
  }

  add(request: UserRequest): void {
    this.#waiting.push(request)
    if (this.#sendIsDue || this.#underWay.length > 0) return
    this.#sendIsDue = true
    // What other connections bring in the same turn goes along.
    setImmediate(() => {
      this.#sendIsDue = false
      this.#send()
    })
  }

  /** Forgets chunks that were not sent yet: their connection goes on without, and their memory is lent to others. */
  withdraw(user: ThreadUser): void {
    this.#waiting = this.#waiting.filter((request) => request.user !== user || request.kind !== 'chunk')
  }

  /** The thread is ready: what has waited for it is sent. */
  begin(thread: InspectorThread): void {
    this.#thread = thread
    this.#send()
  }

  /** The thread has ended: everything is forgotten. Returns the call that was running. */
  end(): LastCall {
    const { request = 0, link = 0 } = this.#thread?.progress ?? {}
    const user = this.#underWay[request - 1]?.user
    this.close()
    this.#thread = undefined
    this.#waiting = []
    this.#underWay = []
    return { user, link }
  }

  close(): void {
    this.#watchdog.end()
  }

  #send(): void {
    const thread = this.#thread
    if (thread === undefined || this.#underWay.length > 0 || this.#waiting.length === 0) return
    this.#underWay = this.#waiting.splice(0, thread.channel.pack(this.#waiting))
    this.#sentMs = clockMs()
    this.#watchdog.begin()
    const answers = thread.channel.ask()
    if (!(answers instanceof Promise)) return this.#answered(answers)
    // A rejection has ended the thread, and that was told.
    answers.then((late) => this.#answered(late), isToldByThreadEnd)
  }

  #answered(answers: readonly Answer[]): void {
    const requests = this.#underWay
    this.#underWay = []
    this.#owner.onAnswers()
    for (let index = 0; index < requests.length; index++) {
      const request = requests[index]
      const answer = answers[index]
      if (request === undefined || answer === undefined || request.kind === 'notice') continue
      request.user?.answered(request.direction, answer)
    }
    this.#send()
  }

  #runningCall(): RunningCall | undefined {
    if (this.#thread === undefined || this.#underWay.length === 0) return undefined
    return {
      progress: this.#thread.progress,
      sentMs: this.#sentMs,
      limitMs: (request, link) =>
        this.#owner.isLoading ? Number.POSITIVE_INFINITY : this.#underWay[request - 1]?.user?.timeoutMs(link),
      onTooLong: (ms) => this.#owner.onTooLong(`it took longer than ${ms} ms`),
    }
  }
}

const isToldByThreadEnd = (): void => {}
