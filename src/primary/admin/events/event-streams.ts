import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { RecentWarnings } from '../../log/recent-warnings.ts'
import type { Stats } from '../stats-answer.ts'
import { COMMENT, eventText } from './event-text.ts'
import { EventViewer } from './event-viewer.ts'

/** The admin keeps 64 connections: requests always find room beside the streams. */
export const MOST_VIEWERS = 16

const EVERY_MS = 1_000

interface EventSources {
  stats(): Promise<Stats>
  readonly warnings: RecentWarnings
  readonly logger: Logger
  /** Called when the first viewer comes, and when the last has left. */
  onWatched(isWatched: boolean): void
}

interface Rounds {
  timer: NodeJS.Timeout | undefined
}

/**
 * The streams of `GET /events`. While somebody looks, `/stats` is computed once a second for all viewers together; while
 * nobody does, nothing runs.
 */
export class EventStreams {
  readonly #sources: EventSources
  readonly #viewers = new Map<ServerResponse, EventViewer>()
  /** The last event, which a further viewer gets at once. */
  #last = COMMENT
  /** The rounds that run while somebody looks. */
  #rounds: Rounds | undefined

  constructor(sources: EventSources) {
    this.#sources = sources
  }

  /** Answers with a stream, which ends with the response. Returns false if there are as many as may be. */
  open(response: ServerResponse): boolean {
    if (this.#viewers.size >= MOST_VIEWERS) return false
    const viewer = new EventViewer(response, this.#sources.warnings)
    this.#viewers.set(response, viewer)
    response.once('close', () => this.#left(response))
    viewer.send(this.#last)
    if (this.#rounds === undefined) this.#begin()
    return true
  }

  /** Whether a response is one of the streams. */
  has(response: ServerResponse): boolean {
    return this.#viewers.has(response)
  }

  get viewers(): number {
    return this.#viewers.size
  }

  close(): void {
    for (const viewer of this.#viewers.values()) viewer.end()
  }

  #begin(): void {
    this.#rounds = { timer: undefined }
    void this.#round(this.#rounds)
    this.#sources.onWatched(true)
  }

  async #round(rounds: Rounds): Promise<void> {
    const text = await this.#state()
    // Everybody may have left meanwhile, and somebody else may have come.
    if (this.#rounds !== rounds) return
    this.#last = text
    for (const viewer of this.#viewers.values()) viewer.send(text)
    rounds.timer = setTimeout(() => this.#round(rounds), EVERY_MS).unref()
  }

  async #state(): Promise<string> {
    try {
      return eventText('stats', JSON.stringify(await this.#sources.stats()))
    } catch (err) {
      this.#sources.logger.error({ err }, 'the admin failed to compute an event')
      return COMMENT
    }
  }

  #left(response: ServerResponse): void {
    this.#viewers.delete(response)
    if (this.#viewers.size > 0) return
    clearTimeout(this.#rounds?.timer)
    this.#rounds = undefined
    this.#last = COMMENT
    this.#sources.onWatched(false)
  }
}
