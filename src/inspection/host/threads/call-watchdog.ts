import { clockMs, type Progress } from '../../shared/progress.ts'

/** A batch that a thread works at. */
export interface RunningCall {
  readonly progress: Progress
  /** When the batch was sent, as `clockMs()`. */
  readonly sentMs: number
  /** How long a call may take: that of the inspector at `link`, for a request of the batch, counted from 1. */
  limitMs(request: number, link: number): number | undefined
  onTooLong(limitMs: number): void
}

const LOOK_EVERY_MS = 20
/** Nothing of a batch was begun after this: something else keeps the thread busy. */
const BEGIN_WITHIN_MS = 2_000

/** Looks now and then, while batches are under way, whether an inspector takes too long: no timer per chunk. */
export class CallWatchdog {
  readonly #runningCall: () => RunningCall | undefined
  #timer: NodeJS.Timeout | undefined
  /** The call that was over its time when last looked at. */
  #suspect = ''

  /** `runningCall` returns undefined when no batch is under way. */
  constructor(runningCall: () => RunningCall | undefined) {
    this.#runningCall = runningCall
  }

  /** A batch was sent. */
  begin(): void {
    this.#timer ??= setTimeout(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** A call that takes too long is looked at twice: the whole machine may have stood still, and not the inspector. */
  #look(): void {
    this.#timer = undefined
    const running = this.#runningCall()
    if (running === undefined) return
    const { request, link, sinceMs } = running.progress
    const limitMs = request === 0 ? BEGIN_WITHIN_MS : (running.limitMs(request, link) ?? BEGIN_WITHIN_MS)
    const beganMs = request === 0 ? running.sentMs : sinceMs
    const call = `${request} ${link} ${beganMs}`
    if (((clockMs() - beganMs) | 0) <= limitMs) this.#suspect = ''
    else if (this.#suspect === call) return running.onTooLong(limitMs)
    else this.#suspect = call
    this.begin()
  }
}
