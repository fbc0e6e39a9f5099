import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Copyloop, endAll, relayTo, run } from '../support/proxy.ts'

const MOST_BYTES = 150_000

/** Every file that the page leads to, by its path, as a browser would ask for it. */
const files = new Map<string, string>()

/** What a page, a style or a module names: imports are relative to their module. */
const namedIn = (path: string, text: string): string[] =>
  [...text.matchAll(/(?:src|href)="(\/[^"#]+)"|(?:from|import) ?\(?'(\.[^']+)'|url\(["']?([^"')]+)/g)].map(
    ([, absolute, module, style]) => new URL(absolute ?? module ?? style ?? '', `http://localhost${path}`).pathname,
  )

const follow = async (copyloop: Copyloop, path: string): Promise<void> => {
  if (files.has(path)) return
  const answer = await copyloop.admin(path)
  expect([path, answer.status]).toEqual([path, 200])
  const text = await answer.text()
  files.set(path, text)
  for (const named of namedIn(path, text)) if (named !== '/stats') await follow(copyloop, named)
}

beforeAll(async () => {
  await follow(await run(relayTo('127.0.0.1:1')), '/')
  // main.ts names it once something is wrong.
  expect(files.has('/assets/icon.svg')).toBe(true)
})

afterAll(endAll)

test(`the whole dashboard, its charts included, has less than ${MOST_BYTES} bytes`, () => {
  const sizes = [...files.values()].map((text) => Buffer.byteLength(text))
  expect(sizes.length).toBeGreaterThan(30)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES)
})

test('it needs no other host, and no file names one', () => {
  // An XML namespace is no address, and uPlot says where it comes from.
  const hosts = [...files].flatMap(([path, text]) =>
    [...text.matchAll(/https?:\/\/[\w.-]+/g)].flatMap(([host]) => (/w3\.org$/.test(host) ? [] : [`${path}: ${host}`])),
  )
  expect(hosts).toEqual(['/assets/uplot/uPlot.iife.min.js: https://github.com'])
})

test('nothing in it can make markup or code of a text', () => {
  const sinks =
    /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|eval|Function)\b|setTimeout\(['"`]/
  for (const [path, text] of files) {
    // uPlot asks `typeof … === 'function'`; what it lacks is what matters: it makes no markup either.
    expect([path, sinks.exec(text)?.[0]]).toEqual([path, undefined])
  }
})
