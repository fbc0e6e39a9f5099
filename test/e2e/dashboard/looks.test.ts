/**
 * What the page looks like, at two widths and in both colour schemes, with two servers of which one is down. With
 * COPYLOOP_SCREENSHOTS=directory it writes what it sees there, after long enough that the charts have something to show.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPage, type View, withoutBrowser } from '../support/browser.ts'
import { demoSetup, endDashboards, type Setup } from './support.ts'

const SCREENSHOTS = process.env.COPYLOOP_SCREENSHOTS
const HISTORY_MS = SCREENSHOTS ? 130_000 : 0

const LOOKS = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
)

describe.skipIf(withoutBrowser !== '')(`the dashboard${withoutBrowser}`, () => {
  let setup: Setup
  const views = new Map<object, View>()

  beforeAll(async () => {
    setup = await demoSetup()
    for (const look of LOOKS) {
      const view = await openPage(look)
      await view.page.goto(setup.url)
      views.set(look, view)
    }
    await pause(HISTORY_MS)
    await setup.takeDown()
  }, 60_000 + HISTORY_MS)

  afterAll(endDashboards)

  describe.each(LOOKS)('$width wide, $colorScheme,', (look) => {
    const view = () => views.get(look) as View

    test('says at its top which server is down and why', async () => {
      const { page } = view()
      await page.getByRole('heading', { level: 1, name: '1 of 2 servers down' }).waitFor()
      expect(await page.locator('#details').innerText()).toContain(
        `${setup.addresses[1]} of app: its check fails: connect`,
      )
      expect(await page.title()).toBe('1 of 2 servers down – copyloop')
      expect(await page.locator('#icon').getAttribute('href')).toBe('/assets/icon-trouble.svg')
    })

    test('shows that server before the others, as no other is shown', async () => {
      const rows = view().page.locator('#servers tbody tr')
      await expect.poll(() => rows.first().innerText()).toContain('down')
      expect(await rows.first().getByRole('rowheader').innerText()).toContain(`${setup.addresses[1]}\nits check fails`)
      expect(await rows.count()).toBe(2)
      const colours = (await view().page.evaluate(
        `[...document.querySelectorAll('#servers tbody tr')].map((row) =>
          [row, ...row.children].map((part) => getComputedStyle(part).backgroundColor).join())`,
      )) as string[]
      expect(colours[0]).not.toBe(colours[1])
    })

    test('fits its width, and all parts are filled', async () => {
      const { page } = view()
      await page.locator('#connections').scrollIntoViewIfNeeded()
      await page.locator('#connections tbody tr').first().waitFor()
      await page.locator('#warnings li').first().waitFor()
      const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      expect(wide).toBe(0)
      for (const part of ['outcomes', 'listeners', 'workers'])
        expect(await page.locator(`#${part} tbody tr`).count()).toBeGreaterThan(0)
      expect(await page.locator('.plot canvas').count()).toBe(3)
      expect(await page.getByRole('img', { name: /^Throughput in the last five minutes; now \d/ }).count()).toBe(1)
    })

    test('has nothing serious that axe finds', async () => {
      const { page } = view()
      await page.evaluate('scrollTo(0, 0)')
      const { violations } = await new AxeBuilder({ page }).analyze()
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    })

    test('has nothing to complain about, its own policy included', async () => {
      const { page, problems } = view()
      await page.evaluate('scrollTo(0, 0)')
      if (SCREENSHOTS) {
        const name = `dashboard-${look.width}-${look.colorScheme}`
        await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-full.png`), fullPage: true })
      }
      expect(problems).toEqual([])
    })
  })
})
