/**
 * Decides which requests are answered at all. Three kinds are refused:
 *
 * - **Without the token**, where one is set. Only the open paths are answered without it.
 * - **From a page whose host name was made to resolve to the admin (DNS rebinding).** For its browser the page is of one
 *   origin with the admin, so it may read the answers. The name shows in Host. Without a token, Host must be a loopback
 *   address or `localhost`, on a unix socket too: `ssh -L 9901:/run/copyloop/admin.sock` lets a browser reach that. With a
 *   token Host may be anything, such as the name of a reverse proxy or the address that a kubelet probes: a page does not
 *   know the token, no browser adds it by itself, and what the open paths answer is no secret.
 * - **From a page of another origin, to change something (CSRF).** It shows in Origin, which browsers add to every such
 *   request, and in Sec-Fetch-Site. The dashboard's own requests pass, and so does what is no browser: it sends neither.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { isLoopback } from '../../config/fields/host.ts'
import type { AdminToken } from '../../config/token/admin-token.ts'

/** All that is answered without the token: probes, and the dashboard, which asks for the token itself. GET and HEAD only. */
const OPEN_PATHS = ['/healthz', '/readyz', '/', '/assets/*']

/** RFC 9110, 9.2.1. OPTIONS of a page in another origin is refused by having no answer that allows it. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** @param token undefined where none is set */
export const guard =
  (token: AdminToken | undefined): MiddlewareHandler =>
  async (context, next) => {
    const refusal = token === undefined ? refuseOtherHosts(context) : refuseStrangers(context, token)
    return refusal ?? refuseOtherPages(context) ?? next()
  }

const refuseStrangers = (context: Context, token: AdminToken): Response | undefined => {
  const [, given] = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? []
  if (given !== undefined && token.matches(given)) return undefined
  if (isOpen(context.req)) return undefined
  const error = given === undefined ? 'this needs the header Authorization: Bearer TOKEN' : 'this is not the token'
  return context.json({ error }, 401, { 'www-authenticate': 'Bearer' })
}

const isOpen = ({ method, path }: Context['req']): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  OPEN_PATHS.some((open) => (open.endsWith('*') ? path.startsWith(open.slice(0, -1)) : path === open))

const refuseOtherHosts = (context: Context): Response | undefined => {
  const host = context.req.header('host') ?? ''
  if (isLoopback(nameIn(host))) return undefined
  return context.json({ error: `the Host header is ${JSON.stringify(host)}; use localhost or a loopback address` }, 403)
}

/** `example.test:80` → `example.test`, `[::1]:80` → `::1`. Any port is accepted: a tunnel may have its own. */
const nameIn = (host: string): string => {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return bracketed ?? plain ?? ''
}

const refuseOtherPages = (context: Context): Response | undefined => {
  if (SAFE_METHODS.includes(context.req.method)) return undefined
  const origin = context.req.header('origin')
  const site = context.req.header('sec-fetch-site') ?? 'none'
  const isOwn = (origin === undefined || origin === originOf(context)) && (site === 'same-origin' || site === 'none')
  return isOwn ? undefined : context.json({ error: 'a web page of another origin may not change anything here' }, 403)
}

/**
 * The origin of the admin's own pages. A proxy that adds TLS passes Host on and sets X-Forwarded-Proto; a page of another
 * origin cannot: browsers ask before they send such a header, and are not allowed to.
 */
const originOf = ({ req }: Context): string => {
  const scheme = req.header('x-forwarded-proto') === 'https' ? 'https' : 'http'
  return `${scheme}://${req.header('host')}`
}
