import type { Context } from 'hono'
import { asWritten } from '../../config/compare/as-written.ts'
import type { Reload } from '../reload/reload.ts'

/** What the admin may do with the config. */
export type ReloadableConfig = Pick<Reload, 'config' | 'plan' | 'apply'>

/** `GET /config`: the config that is in effect, complete and without secrets. */
export const getConfig = (context: Context, { config }: ReloadableConfig): Response => context.json(asWritten(config))

/** `POST /reload`: 200 and the plan, or 422 and the problems. With `?plan=true` nothing is changed. */
export const postReload = async (context: Context, reload: ReloadableConfig): Promise<Response> => {
  const plan = context.req.query('plan') ?? 'false'
  if (plan !== 'true' && plan !== 'false') return context.json({ error: 'plan is true or false' }, 400)
  const answer = await (plan === 'true' ? reload.plan() : reload.apply('the admin'))
  return context.json(answer, 'problems' in answer ? 422 : 200)
}
