import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type View, withoutBrowser } from '../support/browser.ts'
import { connect, endDashboards, type Setup, viewDemo } from './support.ts'

describe.skipIf(withoutBrowser !== '')(`the dashboard${withoutBrowser}`, () => {
  let setup: Setup
  let view: View

  beforeAll(async () => {
    ;({ setup, view } = await viewDemo())
  })

  afterAll(endDashboards)

  test('connections are filtered, and what is no network is said to be none', async () => {
    const { page } = view
    const { socket, row } = await connect(setup, view)
    await page.getByLabel('Client network').fill('127.0.0.1')
    await page.getByLabel('Client network').press('Enter')
    await row.waitFor()
    await page.getByLabel('Client network').fill('10.0.0.0/8')
    await page.getByLabel('Client network').press('Tab')
    await page.getByText('No connection matches.').waitFor()
    await page.getByLabel('Client network').fill('ten')
    await page.getByLabel('Client network').press('Enter')
    await page.getByText(/client must be an address or a network/).waitFor()
    await page.getByLabel('Client network').fill('')
    await page.getByLabel('Server', { exact: true }).selectOption(setup.addresses[0])
    await expect
      .poll(async () => {
        const shown = await page.locator('#connections tbody tr td:nth-child(2)').allInnerTexts()
        return shown.length > 0 && shown.every((text) => text.startsWith(setup.addresses[0]))
      })
      .toBe(true)
    await page.getByLabel('Server', { exact: true }).selectOption('all')
    socket.destroy()
  })

  test('an ID of an ended connection is explained as well, and one that nobody knows is not', async () => {
    const { page } = view
    const ids = () =>
      setup.copyloop.log.flatMap(({ msg, connectionId, outcome }) =>
        msg === 'connection' && outcome === 'completed' ? [String(connectionId)] : [],
      )
    await until('one has ended', () => ids().length > 0)
    await page.getByLabel(/^Explain by ID/).fill(ids().at(-1) ?? '')
    await page.getByRole('button', { name: 'Explain', exact: true }).click()
    await page.getByRole('dialog').getByText('ended: completed').waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel(/^Explain by ID/).fill('no-1-such')
    await page.getByRole('button', { name: 'Explain', exact: true }).click()
    await page
      .getByRole('dialog')
      .getByText(/no connection "no-1-such" is known/)
      .waitFor()
    await page.keyboard.press('Escape')
  })

  test('a count of connections leads to those of its server', async () => {
    const { page } = view
    await page.getByRole('button', { name: new RegExp(`connections of ${setup.addresses[1]}`) }).click()
    expect(await page.getByLabel('Server', { exact: true }).inputValue()).toBe(setup.addresses[1])
    await page.getByLabel('Server', { exact: true }).selectOption('all')
  })

  test('all of it works with the keyboard alone', async () => {
    const { page } = view
    await page.reload()
    await page.getByRole('heading', { name: 'All 2 servers are in rotation' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the servers')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    const focused = 'document.activeElement.getAttribute("aria-label")'
    expect(await page.evaluate(focused)).toBe(`Set…: set ${setup.addresses[0]}`)
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).toBe('solid')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.evaluate(focused)).toBe(`Set…: set ${setup.addresses[0]}`)
  })

  test('a row keeps the focus while the table changes around it', async () => {
    const { page } = view
    const { socket, name, row } = await connect(setup, view)
    await row.getByRole('button', { name: 'Kill…' }).focus()
    const place = () => row.evaluate((element) => [...element.parentElement.children].indexOf(element))
    const before = await place()
    // As if somebody else had chosen it: to choose takes the focus.
    await page.getByLabel('Order').evaluate((select) => {
      select.value = 'idle'
      select.dispatchEvent(new Event('change', { bubbles: true }))
    })
    await expect.poll(place).not.toBe(before)
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(
      `Kill… the connection of ${name}`,
    )
    socket.destroy()
  })

  test('nothing of this was worth a complaint but answers that say no', () => {
    expect(view.problems.filter((problem) => !/status of 40[04]/.test(problem))).toEqual([])
  })
})
