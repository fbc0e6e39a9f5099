import type { ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'

/**
 * The answers that stay open, as server-sent events do. A connection with one is never closed to make room, so there is a
 * limit of them. What such an answer is shows in its content type: a route need not do anything.
 */
export class Streams {
  readonly #most: number
  readonly #open = new Set<ServerResponse>()

  constructor(most: number) {
    this.#most = most
  }

  has(response: ServerResponse): boolean {
    return this.#open.has(response)
  }

  /** Answers 503 instead of one stream too many. */
  readonly limit: MiddlewareHandler<{ Bindings: HttpBindings }> = async (context, next) => {
    await next()
    if (!context.res.headers.get('content-type')?.startsWith('text/event-stream')) return
    if (this.#open.size >= this.#most) {
      await context.res.body?.cancel()
      // Otherwise the headers of the stream would stay.
      context.res = undefined
      context.res = context.json(
        { error: `${this.#most} streams are open, the most there may be; end one of them` },
        503,
      )
      return
    }
    const { outgoing } = context.env
    this.#open.add(outgoing as ServerResponse)
    outgoing.once('close', () => this.#open.delete(outgoing as ServerResponse))
  }
}
