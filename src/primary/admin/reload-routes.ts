import type { Context } from 'hono'
import { asWritten } from '../../config/compare/as-written.ts'
import type { Reload } from '../reload/reload.ts'
import type { WorkerReload } from '../reload/with-workers.ts'

/** What the admin may do with the config. */
export type ReloadableConfig = Pick<Reload, 'config' | 'plan' | 'apply'>

/** What `POST /reload` needs. */
interface Reloading {
  readonly reload: ReloadableConfig
  readonly workerReload: Pick<WorkerReload, 'apply'>
}

/** `GET /config`: the config that is in effect, complete and without secrets. */
export const getConfig = (context: Context, { config }: ReloadableConfig): Response => context.json(asWritten(config))

/**
 * `POST /reload`: 200 and the plan, or 422 and the problems. With `?plan=true` nothing is changed; with `?workers=true` the
 * workers are replaced after that.
 */
export const postReload = async (context: Context, { reload, workerReload }: Reloading): Promise<Response> => {
  const { plan = 'false', workers = 'false' } = context.req.query()
  for (const [name, value] of Object.entries({ plan, workers }))
    if (value !== 'true' && value !== 'false') return context.json({ error: `${name} is true or false` }, 400)
  if (workers === 'true') return postReloadWithWorkers(context, workerReload, plan === 'true')
  const answer = await (plan === 'true' ? reload.plan() : reload.apply(ASKED))
  return context.json(answer, 'problems' in answer ? 422 : 200)
}

const ASKED = 'the admin'

const postReloadWithWorkers = async (
  context: Context,
  workerReload: Reloading['workerReload'],
  isPlan: boolean,
): Promise<Response> => {
  if (isPlan) return context.json({ error: 'a plan replaces no workers: ask for plan or for workers' }, 400)
  const answer = await workerReload.apply(ASKED)
  if (answer === undefined)
    return context.json({ error: 'the workers are being replaced already: try again once they are' }, 409)
  if ('problems' in answer) return context.json(answer, 422)
  return context.json(answer, answer.error === undefined ? 200 : 500)
}
