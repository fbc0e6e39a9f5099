/** Names as long as they may be do not make the page wider than the screen, nor break what is beside them. */
import { afterEach, describe, expect, test } from 'vitest'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { closeAll, echo, echoServer, open } from '../support/echo.ts'
import { relayTo, run } from '../support/proxy.ts'
import { endDashboards, urlOf } from './support.ts'

afterEach(async () => {
  await endDashboards()
  await closeAll()
})

/** The longest that there may be, without a place to break them. */
const [FULL, DOWN] = ['f'.repeat(64), 'd'.repeat(64)]
const LONG_CLIENT = `unix:/run/${'c'.repeat(90)}.sock`
const SERVER = '127.0.0.1:23100'

const ROW = {
  ...{ listener: 'web', worker: 1, phase: 'relay', upstream: FULL, server: SERVER, engine: 'kernel', heldMs: 0 },
  ...{ ageMs: 7_000_000, idleMs: 290_000, nextClock: { clock: 'halfClose', inMs: 299_000 } },
  ...{ bytesToUpstream: 999e9, bytesToClient: 999e9, bytesPerSecondToUpstream: 99e6, bytesPerSecondToClient: 99e6 },
}

const CONNECTIONS = [
  { ...ROW, connectionId: 'a-1-1', client: LONG_CLIENT },
  { ...ROW, connectionId: 'a-1-2', client: '127.0.0.1:23101' },
]

/** One upstream of which no server is up, and one for which a client waits. */
const start = async () => {
  const full = { address: await echoServer(), maxConnections: 1 }
  const copyloop = await run({
    listeners: [
      { name: 'web', listen: '127.0.0.1:0', upstream: FULL },
      { name: 'l'.repeat(64), listen: '127.0.0.1:0', upstream: DOWN },
    ],
    upstreams: [
      { name: FULL, servers: [full], queue: { length: 5, timeout: '5m' } },
      { name: DOWN, servers: ['127.0.0.1:1'], health: { interval: '100ms', fall: 1 } },
    ],
  })
  await echo(open(copyloop.address('web')), 'hello')
  open(copyloop.address('web'))
  return copyloop
}

describe.skipIf(withoutBrowser !== '')(`the dashboard${withoutBrowser}`, () => {
  test.each([360, 1280])('with long names fits %i pixels', async (width) => {
    const copyloop = await start()
    const { page, problems } = await openPage({ width })
    await page.route('**/connections?*', (route) =>
      route.fulfill({ json: { total: 2, returned: 2, partial: false, connections: CONNECTIONS } }),
    )
    await page.goto(urlOf(copyloop))
    await page.getByRole('heading', { level: 1, name: DOWN }).waitFor()
    await page.locator('#others', { hasText: FULL }).waitFor()
    await page.locator('#connections').scrollIntoViewIfNeeded()
    await page.locator('#connections tbody tr', { hasText: LONG_CLIENT }).waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(wide).toBe(0)
    // Nor is anything cut at an edge.
    const cut = `[...document.querySelectorAll('.table, .status, .group h3')].flatMap((each) =>
      each.scrollWidth > each.clientWidth ? [each.className || each.textContent] : [])`
    expect(await page.evaluate(cut)).toEqual([])
    // An inline element has a box for each of its lines.
    const lines = `[...document.querySelectorAll('#connections td:nth-child(2) .upper')].map((each) => each.getClientRects().length)`
    expect(await page.evaluate(lines)).toEqual([1, 1])
    expect(problems).toEqual([])
  })

  test('says of how long it counts what it will call the last minute', async () => {
    const copyloop = await run(relayTo(await echoServer()))
    const socket = open(copyloop.address('web'))
    await echo(socket, 'hello')
    socket.end()
    const { page } = await openPage()
    await page.goto(urlOf(copyloop))
    await page.getByRole('columnheader', { name: /^Last \d+ s$/ }).waitFor()
  })
})
