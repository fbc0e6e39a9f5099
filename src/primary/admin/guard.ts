/**
 * Keeps web pages out. A browser on this machine can reach loopback addresses, and runs code from anywhere: a page may send
 * requests here (CSRF), or make its own host name resolve to a loopback address and read the answers (DNS rebinding). The
 * first shows in Origin and Sec-Fetch-Site, the second in Host.
 */
import type { MiddlewareHandler } from 'hono'
import { isLoopback } from '../../config/fields/host.ts'

/** `example.test:80` → `example.test`, `[::1]:80` → `::1`. Any port is accepted: a tunnel may have its own. */
const hostOf = (header: string): string => {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? []
  return bracketed ?? plain ?? ''
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** Whether a page sent the request: browsers add Origin to every request that changes something, and Sec-Fetch-Site to all. */
const isFromPage = (origin: string | undefined, site: string | undefined): boolean =>
  origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin')

export const refusePages: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? ''
  if (!isLoopback(hostOf(host))) {
    return context.json(
      { error: `the Host header is ${JSON.stringify(host)}; use localhost or a loopback address` },
      403,
    )
  }
  const changes = !SAFE_METHODS.includes(context.req.method)
  if (changes && isFromPage(context.req.header('origin'), context.req.header('sec-fetch-site'))) {
    return context.json({ error: 'a web page may not change anything here' }, 403)
  }
  return next()
}
