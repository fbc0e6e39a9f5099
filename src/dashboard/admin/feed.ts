import type { Stats } from '../model/stats.ts'
import { type Admin, TokenNeeded } from './admin.ts'
import { EventParser, type ServerEvent } from './event-parser.ts'
import { reasonText } from './reaching.ts'

/** A line of the log, with fields of its own. */
export interface LogLine {
  readonly level: number
  readonly time: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface FeedListener {
  /** A stream begins: the lines of the log come anew. */
  onBegin(): void
  onStats(stats: Stats): void
  onLog(lines: readonly LogLine[]): void
  /** There is no stream, for this reason; it is tried again. */
  onLost(reason: string): void
  /** @returns once there is another token */
  onTokenNeeded(reason: string): Promise<void>
}

/** Something comes every second: after such a silence the connection is taken for dead. */
const SILENCE_MS = 5_000
const RETRY_MS = 1_000
/** A page that nobody sees is not worth a stream; a short look at another one does not break the charts. */
const HIDDEN_MS = 60_000

type Timer = ReturnType<typeof setTimeout>

/** The stream of `GET /events`, opened again whenever it breaks. Closed while the page is hidden. */
export class Feed {
  readonly #admin: Admin
  readonly #listener: FeedListener
  #stream = new AbortController()
  #hidden: Timer | undefined
  #silence: Timer | undefined

  constructor(admin: Admin, listener: FeedListener) {
    this.#admin = admin
    this.#listener = listener
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#hidden)
      if (document.hidden) this.#hidden = setTimeout(() => this.#stream.abort('the page is hidden'), HIDDEN_MS)
    })
  }

  /** Runs as long as the page does. */
  async run(): Promise<never> {
    for (;;) {
      await whileHidden()
      try {
        await this.#read()
        this.#listener.onLost('copyloop has ended the stream')
      } catch (error) {
        if (error instanceof TokenNeeded) {
          await this.#listener.onTokenNeeded(error.message)
          continue
        }
        this.#listener.onLost(reasonText(error))
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  async #read(): Promise<void> {
    const stream = new AbortController()
    this.#stream = stream
    this.#hear(stream)
    try {
      const reader = (await this.#admin.stream('/events', stream.signal)).getReader()
      const [decoder, parser] = [new TextDecoder(), new EventParser()]
      this.#listener.onBegin()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        this.#hear(stream)
        for (const event of parser.add(decoder.decode(value, { stream: true }))) this.#dispatch(event)
      }
    } finally {
      clearTimeout(this.#silence)
      // Whatever happened, the admin need not go on.
      stream.abort()
    }
  }

  /** Something has come, or was asked for: the silence begins anew. */
  #hear(stream: AbortController): void {
    clearTimeout(this.#silence)
    const reason = new Error(`nothing has come for ${SILENCE_MS / 1000} s`)
    this.#silence = setTimeout(() => stream.abort(reason), SILENCE_MS)
  }

  #dispatch({ event, data }: ServerEvent): void {
    if (event === 'stats') this.#listener.onStats(JSON.parse(data))
    if (event === 'log') this.#listener.onLog(JSON.parse(data))
  }
}

const whileHidden = (): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return
      document.removeEventListener('visibilitychange', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    look()
  })
