/** The admin's routes about connections. */
import type { Context } from 'hono'
import { z } from 'zod'
import { isNetwork, NETWORK_EXAMPLES } from '../../config/networks/network.ts'
import { oneOf } from '../../config/problems/show.ts'
import { SORTS } from '../../ipc/connection-parts.ts'
import { KILLS } from '../../ipc/questions.ts'
import type { Connections } from './connections.ts'

const DEFAULT_LIMIT = 100
const MOST = 100_000
const LIMIT_WRONG = `limit must be a whole number from 1 to ${MOST}`

/** The messages are the answer's error. */
const listQuery = z.strictObject({
  listener: z.exactOptional(z.string()),
  server: z.exactOptional(z.string()),
  client: z.exactOptional(
    z.string().refine(isNetwork, `client must be an address or a network, such as ${NETWORK_EXAMPLES}`),
  ),
  sort: z.enum(SORTS, `sort must be one of ${oneOf(SORTS)}`).default('age'),
  limit: z.coerce
    .number(LIMIT_WRONG)
    .refine((limit) => Number.isInteger(limit) && limit > 0 && limit <= MOST, LIMIT_WRONG)
    .default(DEFAULT_LIMIT),
})

const killQuery = z.strictObject({ how: z.enum(KILLS, `how must be one of ${oneOf(KILLS)}`).default('rst') })

/** What a query asks for, or the answer to what is wrong with it. */
const readQuery = <Schema extends z.ZodObject>(
  context: Context,
  schema: Schema,
): { readonly query: z.output<Schema> } | { readonly refusal: Response } => {
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

export const listConnections = async (context: Context, { list }: Connections): Promise<Response> => {
  const read = readQuery(context, listQuery)
  return 'refusal' in read ? read.refusal : context.json(await list(read.query))
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
  if (killed === 'silent') return context.json(silent(id), 504)
  const ended = await find(id)
  const isKnown = typeof ended === 'object' && !ended.living
  return context.json(isKnown ? { error: `connection ${id} has ended already: ${ended.outcome}` } : unknown(id), 404)
}

const silent = (id: string) => ({ error: `the worker of connection ${id} does not answer` })

const unknown = (id: string) => ({
  error: `no connection ${JSON.stringify(id)} is known; only the last ones that have ended are`,
})
