/** The admin's routes about connections. */
import type { Context } from 'hono'
import { z } from 'zod'
import { oneOf, show } from '../../../config/problems/show.ts'
import { KILLS } from '../../../ipc/questions.ts'
import type { Connections } from './connections.ts'
import { listQuery } from './connections-query.ts'

const killQuery = z.strictObject({ how: z.enum(KILLS, `how must be one of ${oneOf(KILLS)}`).default('rst') })

/** What a query asks for, or the answer to what is wrong with it. */
const readQuery = <Schema extends z.ZodObject>(
  context: Context,
  schema: Schema,
): { readonly query: z.output<Schema> } | { readonly refusal: Response } => {
  const repeated = Object.entries(context.req.queries()).flatMap(([name, { length }]) => (length > 1 ? [name] : []))
  if (repeated.length > 0) {
    return { refusal: context.json({ error: `${repeated.join(', ')} is given more than once; give it once` }, 400) }
  }
  const read = schema.safeParse(context.req.query())
  if (read.success) return { query: read.data }
  const known = Object.keys(schema.shape)
  const error = read.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `there is no ${issue.keys.join(', ')}; there is ${known.join(', ')}`
      : issue.message,
  )
  return { refusal: context.json({ error: error.join('; ') }, 400) }
}

export const listConnections = async (context: Context, { list, unknownIn }: Connections): Promise<Response> => {
  const read = readQuery(context, listQuery)
  if ('refusal' in read) return read.refusal
  const answer = await list(read.query)
  if (answer.total > 0 || answer.partial) return context.json(answer)
  const unknown = await unknownIn(read.query)
  if (unknown === undefined) return context.json(answer)
  const { kind, name, known } = unknown
  return context.json({ error: `there is no ${kind} ${show(name)}`, [`${kind}s`]: known }, 404)
}

export const showConnection = async (context: Context, { find }: Connections): Promise<Response> => {
  const id = context.req.param('id') ?? ''
  const found = await find(id)
  if (found === 'silent') return context.json(silent(id), 504)
  return found === undefined ? context.json(unknown(id), 404) : context.json(found)
}

export const killConnection = async (context: Context, { find, kill }: Connections): Promise<Response> => {
  const id = context.req.param('id') ?? ''
  const read = readQuery(context, killQuery)
  if ('refusal' in read) return read.refusal
  const { how } = read.query
  const killed = await kill(id, how)
  if (killed === true) return context.json({ connectionId: id, killed, how })
  if (killed === 'silent') {
    return context.json({ error: `${silent(id).error}; it may still be ended when the worker answers again` }, 504)
  }
  const ended = await find(id)
  const isKnown = typeof ended === 'object' && !ended.living
  return context.json(isKnown ? { error: `connection ${id} has ended already: ${ended.outcome}` } : unknown(id), 404)
}

const silent = (id: string) => ({ error: `the worker of connection ${id} does not answer` })

const unknown = (id: string) => ({
  error: `no connection ${JSON.stringify(id)} is known; only the last ones that have ended are`,
})
