import { clockMs } from '../shared/messages.ts'

/** What a thread is at. */
export interface Watched {
  /** Its `PROGRESS`. */
  readonly progress: Int32Array
  /** When its batch was sent, as `clockMs()`. */
  readonly sentMs: number
  /** How long a call may take: that of the inspector at `link`, for an item of the batch. */
  limitMs(item: number, link: number): number | undefined
  onTooLong(limitMs: number): void
}

const LOOK_EVERY_MS = 20
/** Nothing of a batch was begun after this: something else keeps the thread busy. */
const BEGIN_WITHIN_MS = 2_000

/** Looks now and then, while batches are under way, whether an inspector takes too long: no timer a chunk. */
export class CallWatch {
  readonly #whatIsWatched: () => Watched | undefined
  #timer: NodeJS.Timeout | undefined
  /** The call that was over its time when last looked at. */
  #suspect = ''

  /** `whatIsWatched` answers undefined when no batch is under way. */
  constructor(whatIsWatched: () => Watched | undefined) {
    this.#whatIsWatched = whatIsWatched
  }

  /** A batch was sent. */
  begin(): void {
    this.#timer ??= setTimeout(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  /** A call that takes too long is looked at twice: the whole machine may have stood still, and not the inspector. */
  #look(): void {
    this.#timer = undefined
    const watched = this.#whatIsWatched()
    if (watched === undefined) return
    const [item = 0, link = 0, sinceMs = 0] = watched.progress
    const limitMs = item === 0 ? BEGIN_WITHIN_MS : (watched.limitMs(item, link) ?? BEGIN_WITHIN_MS)
    const elapsedMs = (clockMs() - (item === 0 ? watched.sentMs : sinceMs)) | 0
    const call = `${item} ${link} ${item === 0 ? watched.sentMs : sinceMs}`
    if (elapsedMs <= limitMs) this.#suspect = ''
    else if (this.#suspect === call) return watched.onTooLong(limitMs)
    else this.#suspect = call
    this.begin()
  }
}
