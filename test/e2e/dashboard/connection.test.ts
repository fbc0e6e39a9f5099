import { afterEach, describe, expect, test } from 'vitest'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { relayTo, run } from '../support/proxy.ts'
import { endDashboards, urlOf } from './support.ts'

afterEach(endDashboards)

const config = relayTo('127.0.0.1:1')
const SERVES = { name: 'The one server is in rotation' }

describe.skipIf(withoutBrowser !== '')(`the dashboard${withoutBrowser}`, () => {
  test('says that copyloop has ended, and shows the next one when it is there', async () => {
    const first = await run(config)
    const url = urlOf(first)
    const { page } = await openPage()
    await page.goto(url)
    await page.getByRole('heading', SERVES).waitFor()
    first.signal('SIGTERM')
    await page.getByRole('heading', { name: 'The connection to copyloop is lost' }).waitFor()
    expect(await page.locator('#details').innerText()).toMatch(/everything below is as of \d\d:\d\d:\d\d/)
    expect(await page.locator('#facts').innerText()).toBe('not live')
    await first.exited
    await page.getByText('copyloop cannot be reached; trying again every second').waitFor()
    await run({ ...config, admin: { listen: new URL(url).host } })
    await page.getByRole('heading', SERVES).waitFor()
    expect(await page.locator('#facts').innerText()).toMatch(/ · live$/)
  })

  test('says that it hears nothing of a copyloop that stands still', async () => {
    const copyloop = await run(config)
    const { page } = await openPage()
    await page.goto(urlOf(copyloop))
    await page.getByRole('heading', SERVES).waitFor()
    copyloop.signal('SIGSTOP')
    await page.getByRole('heading', { name: 'The connection to copyloop is lost' }).waitFor()
    expect(await page.locator('#details').innerText()).toContain('nothing has come for 5 s')
    copyloop.signal('SIGCONT')
    await page.getByRole('heading', SERVES).waitFor()
  })

  test('ends its stream a minute after it was hidden, and opens another when it is seen again', async () => {
    const copyloop = await run(config)
    const { page } = await openPage()
    await page.clock.install()
    const streams: string[] = []
    page.on('request', (request) => request.url().endsWith('/events') && streams.push('opened'))
    page.on('requestfailed', (request) => request.url().endsWith('/events') && streams.push('ended'))
    const setHidden = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await page.goto(urlOf(copyloop))
    await page.getByRole('heading', SERVES).waitFor()
    await setHidden(true)
    await page.clock.runFor(2_000)
    expect(streams).toEqual(['opened'])
    await page.clock.fastForward(60_000)
    await expect.poll(() => streams).toEqual(['opened', 'ended'])
    await page.clock.runFor(10_000)
    expect(streams).toEqual(['opened', 'ended'])
    await setHidden(false)
    await page.clock.runFor(2_000)
    await expect.poll(() => streams).toEqual(['opened', 'ended', 'opened'])
    await page.getByRole('heading', SERVES).waitFor()
  })
})
