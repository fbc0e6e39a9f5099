import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { type EventStreams, MOST_VIEWERS } from './event-streams.ts'

/** `GET /events`. Node's own response is written to, for only that tells whether its reader keeps up. */
export const answerEvents = (context: Context, events: EventStreams): Response => {
  // Hono answers HEAD with what GET does, and would not send what is streamed.
  if (context.req.method === 'HEAD') return context.body(null, 200, { 'content-type': 'text/event-stream' })
  const { outgoing } = context.env as HttpBindings
  if (events.open(outgoing)) return RESPONSE_ALREADY_SENT
  return context.json({ error: `${MOST_VIEWERS} viewers have a stream already, which is the most; close one` }, 503, {
    'retry-after': '5',
  })
}
