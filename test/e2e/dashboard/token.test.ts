import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { newDirectory, relayTo, run } from '../support/proxy.ts'
import { endDashboards, urlOf } from './support.ts'

const TOKEN = 'c0rrect-horse-battery-staple'

afterEach(endDashboards)

describe.skipIf(withoutBrowser !== '')(`the dashboard of an admin with a token${withoutBrowser}`, () => {
  test('asks for the token until it is the right one, and has it for this page only', async () => {
    const tokenFile = join(newDirectory(), 'token')
    writeFileSync(tokenFile, TOKEN, { mode: 0o600 })
    const copyloop = await run({ ...relayTo('127.0.0.1:1'), admin: { listen: '127.0.0.1:0', tokenFile } })
    const { page, problems } = await openPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(urlOf(copyloop))

    const dialog = page.getByRole('dialog', { name: 'Token needed' })
    await dialog.getByLabel('Token').fill('a-token-that-is-another-one')
    await dialog.getByLabel('Token').press('Enter')
    await dialog.getByText('this is not the token').waitFor()
    // It cannot be closed: there is nothing behind it.
    await page.keyboard.press('Escape')
    await dialog.getByLabel('Token').fill(TOKEN)
    await dialog.getByRole('button', { name: 'Show the dashboard' }).click()
    await page.getByRole('heading', { name: 'The one server is in rotation' }).waitFor()
    await page.locator('#connections').scrollIntoViewIfNeeded()
    await page.getByText('No connection matches.').waitFor()

    await page.getByRole('button', { name: 'Set…: set 127.0.0.1:1' }).click()
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await page.getByRole('heading', { name: 'No server of app is in rotation' }).waitFor()

    const kept = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])'
    expect(await page.evaluate(kept)).not.toContain(TOKEN)
    expect(asked.filter((url) => url.includes(TOKEN))).toEqual([])
    expect(problems.filter((problem) => !problem.includes('401'))).toEqual([])
    await page.reload()
    await dialog.waitFor()
    expect(copyloop.stdout).not.toContain(TOKEN)
  })
})
