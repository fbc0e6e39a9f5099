import type { Context } from 'hono'
import { PAGE, type PageFiles } from './page-files.ts'

/**
 * The page runs the scripts and styles that come with it, talks to this admin, and does nothing else: no inline code, no
 * other host, no frame around it, and no string that becomes markup (CSP Level 3, Trusted Types).
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // It is asked for each time, and comes again only if it has changed.
  'cache-control': 'no-cache',
}

/** `GET /`: the dashboard. */
export const answerPage = (context: Context, files: PageFiles): Response | Promise<Response> =>
  answerFile(context, files, PAGE)

/** `GET /assets/FILE`: what the dashboard is made of. */
export const answerAsset = (context: Context, files: PageFiles): Response | Promise<Response> =>
  answerFile(context, files, context.req.param('file') ?? '')

const answerFile = (context: Context, files: PageFiles, name: string): Response | Promise<Response> => {
  const file = files.get(name)
  if (file === undefined) return context.notFound()
  const headers = { ...HEADERS, 'content-type': file.type, etag: file.etag }
  // RFC 9110, 13.1.2: a list of validators; weak ones are compared alike.
  const has = (context.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return has.includes(file.etag) ? context.body(null, 304, headers) : context.body(file.body, 200, headers)
}
