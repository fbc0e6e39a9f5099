import { afterEach, describe, expect, test } from 'vitest'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { relayTo, run } from '../support/proxy.ts'
import { endDashboards, urlOf } from './support.ts'

const SERVERS = Array.from({ length: 1_000 }, (_, index) => `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}:80`)

afterEach(endDashboards)

describe.skipIf(withoutBrowser !== '')(`the dashboard${withoutBrowser}`, () => {
  test('of a thousand servers shows those out of rotation and some others, and all to whom wants them', async () => {
    const copyloop = await run(relayTo(...SERVERS))
    const last = SERVERS.at(-1) ?? ''
    await copyloop.admin(`/upstreams/app/servers/${last}`, { method: 'PUT', body: '{"state":"drain"}' })
    const { page, problems } = await openPage()
    await page.goto(urlOf(copyloop))
    await page.getByRole('heading', { name: '1 server is out of rotation by hand' }).waitFor()
    const rows = page.getByRole('table', { name: 'Servers of app' }).locator('tbody tr')
    expect(await rows.count()).toBe(21)
    expect(await rows.first().innerText()).toContain(last)
    await page.getByRole('button', { name: 'Show 979 more servers' }).click()
    expect(await rows.count()).toBe(1_000)
    const facts = await page.locator('#facts').innerText()
    await expect.poll(() => page.locator('#facts').innerText()).not.toBe(facts)
    expect(problems).toEqual([])
  })
})
