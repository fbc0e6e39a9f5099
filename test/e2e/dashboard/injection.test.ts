/** Whatever a client, a server, DNS or a file can write is shown as text. */
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openPage, type View, withoutBrowser } from '../support/browser.ts'
import { newDirectory, relayTo, run } from '../support/proxy.ts'
import { answerHostile, SHOWN_MARKUP } from './hostile.ts'
import { endDashboards, urlOf } from './support.ts'

afterEach(endDashboards)

/** Nothing was made of it but text, and nothing was even tried: the policy would have refused it, and said so. */
const expectHarmless = async ({ page, problems }: View): Promise<void> => {
  const made = `document.querySelectorAll('img, svg, iframe, object, script:not([src])').length`
  expect(await page.evaluate(made)).toBe(0)
  // Nor can a text be seen or heard that turns around what is beside it.
  const read = `[document.title, document.body.textContent, ...[...document.querySelectorAll('*')].flatMap((each) =>
    [...each.attributes].filter(({ name }) => /^(title|aria-.*)$/.test(name)).map(({ value }) => value))].join(' ')`
  expect(await page.evaluate(read)).not.toMatch(/[\p{Cf}]/u)
  expect(await page.evaluate('typeof hacked')).toBe('undefined')
  expect(problems).toEqual([])
}

describe.skipIf(withoutBrowser !== '')(`the dashboard${withoutBrowser}`, () => {
  test('shows a server whose address and errors are markup as text', async () => {
    const server = `unix:${join(newDirectory(), '<img src=x onerror="hacked=1"><b>.sock')}`
    const config = relayTo(server)
    const [upstream] = config.upstreams
    const copyloop = await run({ ...config, upstreams: [{ ...upstream, health: { interval: '50ms', fall: 1 } }] })
    const view = await openPage()
    await view.page.goto(urlOf(copyloop))
    await view.page.getByRole('heading', { name: 'No server of app is in rotation' }).waitFor()
    for (const part of ['details', 'servers', 'warnings'])
      await expect.poll(() => view.page.locator(`#${part}`).innerText()).toContain(server)
    await expectHarmless(view)
  })

  test('shows an admin all of whose strings are markup as text', async () => {
    const copyloop = await run(relayTo('127.0.0.1:1'))
    const view = await openPage()
    const { page } = view
    await answerHostile(page, await copyloop.stats())
    await page.goto(urlOf(copyloop))
    for (const part of ['servers', 'listeners', 'workers', 'outcomes', 'warnings'])
      await expect.poll(() => page.locator(`#${part}`).innerText()).toContain(SHOWN_MARKUP)
    await page.locator('#connections').scrollIntoViewIfNeeded()
    await page.locator('#connections tbody th button').click()
    await expect.poll(() => page.getByRole('dialog').innerText()).toContain(`Connection ${SHOWN_MARKUP}`)
    await expect.poll(() => page.locator('.story').innerText()).toContain(SHOWN_MARKUP)
    await expectHarmless(view)
    for (const part of ['connections', 'servers']) {
      await page.keyboard.press('Escape')
      await page.locator(`#${part} .actions button`).click()
      expect(await page.getByRole('dialog').innerText()).toContain(SHOWN_MARKUP)
    }
    await expectHarmless(view)
  })
})
