import { Hono } from 'hono'
import type { Logger } from 'pino'
import type { AdminToken } from '../../config/token/admin-token.ts'
import { guard } from './guard.ts'
import { LargeAnswers } from './large-answers.ts'
import { type AdminApi, ROUTES } from './routes.ts'

/** node:http's error for the body of a request whose client has left, or was closed, in the middle. Nobody reads an answer. */
const isClientGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'ECONNRESET'

/**
 * The admin as a function from request to response. Every response is JSON, but those that name another type.
 *
 * @param token what requests must have; undefined where whoever can connect may ask
 */
export const adminApp = (api: AdminApi, logger: Logger, token?: AdminToken): Hono => {
  const app = new Hono()
  app.use(guard(token))
  const large = new LargeAnswers(api)
  for (const { method, path, answer } of ROUTES) app.on(method, path, (context) => answer(context, api, large))
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const allow = ROUTES.filter((route) => route.path === path).map(({ method }) => method)
    app.all(path, (context) =>
      context.json({ error: `${context.req.path} supports only ${allow.join(' and ')}` }, 405, {
        allow: allow.join(', '),
      }),
    )
  }
  app.notFound((context) =>
    context.json(
      {
        error: 'no such path',
        paths: ROUTES.map(({ method, path, shownAs = path, says }) => ({ method, path: shownAs, says })),
      },
      404,
    ),
  )
  app.onError((err, context) => {
    if (isClientGone(err)) return context.body(null, 400)
    logger.error({ err }, 'the admin failed to answer')
    return context.json({ error: 'the admin failed to answer; its log says why' }, 500)
  })
  return app
}
