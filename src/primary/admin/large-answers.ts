import type { Context } from 'hono'
import { exposition, type Family } from '../../stats/prometheus.ts'
import { shared } from './fairness/shared.ts'
import { Turns } from './fairness/turns.ts'

/** Of a thousand answers of a megabyte the system would otherwise copy all before anybody else is served. */
const SENT_AT_ONCE = 1

/** A list costs every worker a walk over its connections, and waits half a second for one that does not answer. */
const LISTS_AT_ONCE = 4
/** With stopped workers the last one waits for five seconds. */
const LISTS_WAITING = 32

interface Counted {
  stats(): Promise<object>
  metrics(): Promise<readonly Family[]>
}

const JSON_TYPE = 'application/json'
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The answers that cost the primary something. However many ask for them, `/healthz` and `/readyz` are answered in between:
 * what is the same for all is made once for all, and what is left goes by turns.
 */
export class LargeAnswers {
  readonly #stats: () => Promise<string>
  readonly #metrics: () => Promise<string>
  readonly #sending = new Turns(SENT_AT_ONCE)
  readonly #lists = new Turns(LISTS_AT_ONCE, LISTS_WAITING)

  constructor(api: Counted) {
    this.#stats = shared(async () => JSON.stringify(await api.stats()))
    this.#metrics = shared(async () => exposition(await api.metrics()))
  }

  async stats(context: Context): Promise<Response> {
    return this.#send(context, await this.#stats(), JSON_TYPE)
  }

  async metrics(context: Context): Promise<Response> {
    return this.#send(context, await this.#metrics(), METRICS_TYPE)
  }

  async list(context: Context, answer: () => Promise<Response>): Promise<Response> {
    if (!this.#lists.isFull) return this.#lists.take(() => (isGone(context) ? context.body(null, 400) : answer()))
    return context.json({ error: 'too many lists of connections are asked for at once' }, 503, { 'retry-after': '1' })
  }

  #send(context: Context, text: string, type: string): Promise<Response> {
    return this.#sending.take(() => context.body(isGone(context) ? '' : text, 200, { 'content-type': type }))
  }
}

/** Nobody reads the answer: the client has left while it waited. A test's request has no socket. */
const isGone = ({ env }: Context): boolean => env?.outgoing?.destroyed === true
