import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { AdminToken } from '../../../src/config/token/admin-token.ts'
import { guard } from '../../../src/primary/admin/guard.ts'

const TOKEN = 'c0rrect-horse-battery-staple'
const right = { authorization: `Bearer ${TOKEN}` }

/** An admin that answers whatever the guard lets through. */
const guarded = (token?: AdminToken) => new Hono().use(guard(token)).all('*', (context) => context.body(null, 204))
const withoutToken = guarded()
const withToken = guarded(new AdminToken(TOKEN))

type Headers = Readonly<Record<string, string>>
const ask = async (app: Hono, path: string, method = 'GET', headers: Headers = {}) =>
  app.request(path, { method, headers: { host: 'localhost:9901', ...headers } })
const statusOf = async (...request: Parameters<typeof ask>) => (await ask(...request)).status

describe('Host', () => {
  const loopback = ['localhost', 'localhost:1', 'LOCALHOST.', '127.0.0.1:9901', '127.8.9.1', '[::1]', '[::1]:9901']
  const other = [
    '',
    'example.test',
    'localhost.example.test',
    '127.0.0.1.example.test',
    '10.0.0.1:9901',
    '[::2]',
    'a b',
  ]

  test.each(loopback)('%s is this machine', async (host) => {
    expect(await statusOf(withoutToken, '/stats', 'GET', { host })).toBe(204)
  })

  test.each(other)('%j may be a name that was rebound, and is refused on every path', async (host) => {
    for (const path of ['/stats', '/healthz', '/', '/assets/a.js'])
      expect(await statusOf(withoutToken, path, 'GET', { host })).toBe(403)
  })

  test.each(other)('%j is fine with the token, and without it where nothing is secret', async (host) => {
    expect(await statusOf(withToken, '/stats', 'GET', { host, ...right })).toBe(204)
    expect(await statusOf(withToken, '/healthz', 'GET', { host })).toBe(204)
    expect(await statusOf(withToken, '/stats', 'GET', { host })).toBe(401)
  })
})

describe('a page', () => {
  const origin = 'http://localhost:9901'

  test.each<Headers>([
    { origin: 'https://example.test' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://localhost:3000' },
    { origin: 'http://localhost' },
    { origin: 'http://127.0.0.1:9901' },
    { origin: 'https://localhost:9901' },
    { origin: `${origin}.example.test` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin, 'sec-fetch-site': 'cross-site' },
    { origin: 'https://example.test', 'sec-fetch-site': 'same-origin' },
  ])('of another origin may not change anything: %j', async (headers) => {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'ANYTHING']) {
      expect(await statusOf(withoutToken, '/log/level', method, headers)).toBe(403)
      expect(await statusOf(withToken, '/log/level', method, { ...headers, ...right })).toBe(403)
    }
  })

  test.each<Headers>([
    {},
    { origin },
    { origin, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://[::1]:9901', host: '[::1]:9901' },
    { origin: 'https://localhost', host: 'localhost', 'x-forwarded-proto': 'https' },
  ])('of this origin may, and so may what is no page: %j', async (headers) => {
    for (const method of ['PUT', 'POST', 'DELETE'])
      expect(await statusOf(withoutToken, '/log/level', method, headers)).toBe(204)
  })

  test('of any origin may be the way here: only its own browser reads the answer', async () => {
    const headers = { origin: 'https://example.test', 'sec-fetch-site': 'cross-site' }
    const answer = await ask(withoutToken, '/stats', 'GET', headers)
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, null])
  })

  test('whose own name was rebound is refused before it is asked for its origin', async () => {
    const headers = { host: 'example.test:9901', origin: 'http://example.test:9901' }
    expect(await statusOf(withoutToken, '/log/level', 'PUT', headers)).toBe(403)
    expect(await statusOf(withToken, '/log/level', 'PUT', headers)).toBe(401)
  })
})

describe('with a token', () => {
  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN}`])('%j is let through', async (authorization) => {
    expect(await statusOf(withToken, '/stats', 'GET', { authorization })).toBe(204)
    expect(await statusOf(withToken, '/log/level', 'PUT', { authorization })).toBe(204)
  })

  test.each([
    '',
    'Bearer',
    'Bearer ',
    TOKEN,
    `Basic ${TOKEN}`,
    `Basic ${btoa(`:${TOKEN}`)}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN} x`,
    `Bearer ${TOKEN},Bearer ${TOKEN}`,
    `XBearer ${TOKEN}`,
    `Bearer ${'x'.repeat(10_000)}`,
  ])('%.40j is refused, and is told how', async (authorization) => {
    for (const [path, method] of [
      ['/stats', 'GET'],
      ['/log/level', 'PUT'],
      ['/nothing-here', 'GET'],
      ['/stats', 'OPTIONS'],
    ] as const) {
      const answer = await ask(withToken, path, method, { authorization })
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(await answer.text()).not.toContain(TOKEN)
    }
  })

  test('a token in the query or in a cookie is none', async () => {
    expect(await statusOf(withToken, `/stats?token=${TOKEN}&access_token=${TOKEN}`)).toBe(401)
    expect(await statusOf(withToken, '/stats', 'GET', { cookie: `token=${TOKEN}`, 'x-token': TOKEN })).toBe(401)
  })

  test('probes and the dashboard are answered without it, but only to be read', async () => {
    for (const path of ['/healthz', '/readyz', '/', '/assets/a.js', '/assets/fonts/a.woff2', '/healthz?verbose']) {
      for (const method of ['GET', 'HEAD']) expect(await statusOf(withToken, path, method)).toBe(204)
      for (const method of ['PUT', 'POST', 'DELETE', 'OPTIONS'])
        expect(await statusOf(withToken, path, method)).toBe(401)
    }
  })

  test.each([
    '/assets',
    '/assetsx/a',
    '/x/assets/a.js',
    '/healthz/',
    '/healthz/x',
    '/HEALTHZ',
    '//healthz',
    '/./stats',
    '/assets/../stats',
    '/assets/./../stats',
    '/assets/%2e%2e/stats',
    '/assets/.%2E/stats',
    '/assets/..\\stats',
    '/%00',
    '/__proto__',
    '/connections',
    '/events',
  ])('%s needs it', async (path) => {
    expect(await statusOf(withToken, path)).toBe(401)
  })
})
