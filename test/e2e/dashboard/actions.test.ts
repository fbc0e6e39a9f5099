import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type View, withoutBrowser } from '../support/browser.ts'
import { endOf } from '../support/echo.ts'
import { statsOf } from '../support/servers.ts'
import { connect, endDashboards, type Setup, viewDemo } from './support.ts'

describe.skipIf(withoutBrowser !== '')(`on the dashboard${withoutBrowser}`, () => {
  let setup: Setup
  let view: View

  beforeAll(async () => {
    ;({ setup, view } = await viewDemo())
  })

  afterAll(endDashboards)

  test('a server is set by hand once that is confirmed', async () => {
    const { page } = view
    const [first] = setup.addresses
    const setButton = page.getByRole('button', { name: `Set…: set ${first}` })
    await setButton.click()
    await page
      .getByRole('dialog', { name: `Set ${first} by hand` })
      .getByRole('button', { name: 'Cancel' })
      .click()
    expect(statsOf(await setup.copyloop.stats(), { address: first }).state).toBe('up')

    await setButton.click()
    await page.getByRole('radio', { name: /^down/ }).check()
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await page.getByRole('heading', { name: '1 server is out of rotation by hand' }).waitFor()
    expect(await page.locator('#servers tbody tr').first().innerText()).toContain('maintenance')
    expect(await page.getByRole('dialog').count()).toBe(0)

    await setButton.click()
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await page.getByRole('heading', { name: 'All 2 servers are in rotation' }).waitFor()
  })

  test('a connection is explained, and killed once that is confirmed', async () => {
    const { page } = view
    const { socket, name, row } = await connect(setup, view)
    const ended = endOf(socket)
    await row.getByRole('button', { name: new RegExp(`${name}: explain`) }).click()
    const panel = page.getByRole('dialog', { name: /^Connection / })
    await panel.getByText('is admitted, for upstream app').waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
    await panel.getByRole('button', { name: 'Kill…' }).click()
    const box = page.getByRole('dialog', { name: 'Kill this connection?' })
    expect(await box.innerText()).toContain(`From ${name} to 127.0.0.1:`)
    await box.getByRole('button', { name: 'Kill' }).click()
    expect(await ended).toBe('ECONNRESET')
    await panel.getByText('ended: killed').waitFor()
    await panel.getByText('Story').waitFor()
    expect(await panel.getByRole('button', { name: 'Kill…' }).isHidden()).toBe(true)
    await page.keyboard.press('Escape')
    await expect.poll(() => row.count()).toBe(0)
  })

  test('a kill with FIN is one, and a connection that has ended is said to have', async () => {
    const { page } = view
    const { socket, row } = await connect(setup, view)
    const ended = endOf(socket)
    await row.getByRole('button', { name: 'Kill…' }).click()
    await page.getByRole('radio', { name: /^FIN/ }).check()
    await page.getByRole('button', { name: 'Kill', exact: true }).click()
    expect(await ended).toBe('FIN')
    socket.destroy()

    const another = await connect(setup, view)
    await another.row.getByRole('button', { name: 'Kill…' }).click()
    another.socket.destroy()
    await setup.copyloop.untilStats(
      'it has ended',
      ({ totals }) => (totals.outcomes.clientReset ?? 0) + (totals.outcomes.completed ?? 0) > 0,
    )
    const box = page.getByRole('dialog')
    await expect
      .poll(async () => {
        await box.getByRole('button', { name: 'Kill', exact: true }).click()
        return box.getByRole('alert').innerText()
      })
      .toMatch(/has ended already|no connection/)
    await page.keyboard.press('Escape')
  })

  test('nothing of this was worth a complaint but answers that say no', () => {
    expect(view.problems.filter((problem) => !/status of 40[04]/.test(problem))).toEqual([])
  })
})
