import type { ServerResponse } from 'node:http'
import { nowMs } from '../../../clock.ts'
import type { RecentWarnings } from '../../log/recent-warnings.ts'
import { eventText } from './event-text.ts'

/** A viewer that takes nothing for so long is dropped. */
const PATIENCE_MS = 10_000

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/**
 * One open `GET /events`. A slow viewer misses states, since each one is whole, but no line of the log that is still kept.
 * So at most one state and what the log said meanwhile wait for it.
 */
export class EventViewer {
  readonly #response: ServerResponse
  readonly #warnings: RecentWarnings
  /** The position in the log up to which it has every line. */
  #seen = 0
  #tookMs = nowMs()

  constructor(response: ServerResponse, warnings: RecentWarnings) {
    this.#response = response
    this.#warnings = warnings
    response.writeHead(200, HEADERS)
  }

  /** @param text of an event that all viewers get, or a comment */
  send(text: string): void {
    // A stream that has ended stays a viewer until its last bytes are taken.
    if (this.#response.writableEnded) return
    if (this.#response.writableNeedDrain) {
      if (nowMs() - this.#tookMs > PATIENCE_MS) this.#response.destroy()
      return
    }
    this.#tookMs = nowMs()
    const lines = this.#warnings.since(this.#seen)
    this.#seen = this.#warnings.position
    this.#response.write(lines.length === 0 ? text : text + eventText('log', `[${lines.join(',')}]`))
  }

  end(): void {
    this.#response.end()
  }
}
