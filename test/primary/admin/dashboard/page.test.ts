import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { adminApp } from '../../../../src/primary/admin/app.ts'
import { readPageFiles } from '../../../../src/primary/admin/dashboard/page-files.ts'
import { idleApi, silent } from '../../../support/admin-api.ts'

const app = adminApp(idleApi({ dashboard: readPageFiles() }), silent)

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  app.request(path, { method, headers: { host: 'localhost:9901', ...headers } })

test('/ is the page, which may run and load nothing that is not served here', async () => {
  const answer = await ask('/')
  expect(await answer.text()).toBe(readFileSync('src/dashboard/index.html', 'utf8'))
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = answer.headers.get('content-security-policy')?.split('; ') ?? []
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]),
  )
  expect(policy.join()).not.toMatch(/unsafe|\*|https?:|data:/)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  })
})

test('the page has no code and no style of its own, and whatever it names is there', async () => {
  const page = await (await ask('/')).text()
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i)
  const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(5)
  for (const path of named) {
    // Scripts are there once they are compiled.
    const status = existsSync(`src/dashboard/${path.slice('/assets/'.length, -'.js'.length)}.ts`) ? 404 : 200
    expect([path, (await ask(path)).status]).toEqual([path, status])
  }
})

test.each([
  ['/assets/styles/page.css', 'text/css; charset=utf-8'],
  ['/assets/icon.svg', 'image/svg+xml'],
  ['/assets/uplot/uPlot.iife.min.js', 'text/javascript; charset=utf-8'],
])('%s is %s', async (path, type) => {
  const answer = await ask(path)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

test('what a browser has already is not sent again', async () => {
  const etag = (await ask('/assets/icon.svg')).headers.get('etag') ?? ''
  for (const has of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const answer = await ask('/assets/icon.svg', { 'if-none-match': has })
    expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', etag])
  }
  expect((await ask('/assets/icon.svg', { 'if-none-match': '"other"' })).status).toBe(200)
})

test.each([
  '/assets/',
  '/assets/main.ts',
  '/assets/tsconfig.json',
  '/assets/../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/styles',
  '/assets/styles/../../config/schema.ts',
  '/assets//etc/passwd',
  '/assets/%00',
  '/assets/%zz',
  '/assets/__proto__',
  '/index.html',
])('%s is not there', async (path) => {
  expect((await ask(path)).status).toBe(404)
})

test('HEAD has no body, and nothing of it can be written', async () => {
  const head = await ask('/', {}, 'HEAD')
  expect([head.status, await head.text()]).toEqual([200, ''])
  for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask('/', {}, method)).status).toBe(405)
})
