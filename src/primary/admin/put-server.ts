import type { Context } from 'hono'
import { z } from 'zod'
import { oneOf } from '../../config/problems/show.ts'
import type { ServersByHand } from '../operator/servers-by-hand.ts'
import { SET_BY_HAND } from '../servers/server-facts.ts'
import { readJson } from './read-json.ts'

/** What the admin may do with servers. */
export type SettableServers = Pick<ServersByHand, 'upstreams' | 'serversOf' | 'set'>

const request = z.strictObject({ state: z.enum(SET_BY_HAND) })

/** `PUT /upstreams/NAME/servers/ADDRESS`: sets a server by hand. The address may have slashes, encoded or not. */
export const putServer = async (context: Context, servers: SettableServers): Promise<Response> => {
  const upstream = context.req.param('upstream') ?? ''
  const server = context.req.param('server') ?? ''
  const known = servers.upstreams()
  if (!known.includes(upstream)) {
    return context.json({ error: `no upstream is named ${JSON.stringify(upstream)}`, upstreams: known }, 404)
  }
  const ofUpstream = servers.serversOf(upstream)
  if (!ofUpstream.includes(server)) {
    const error = `upstream ${upstream} has no server ${JSON.stringify(server)}`
    return context.json({ error, servers: ofUpstream }, 404)
  }
  const read = await readJson(context, request, `{"state": one of ${oneOf(SET_BY_HAND)}}`)
  if ('refusal' in read) return read.refusal
  return context.json(await servers.set(upstream, server, read.body.state))
}
