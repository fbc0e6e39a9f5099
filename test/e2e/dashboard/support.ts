import type { Server } from 'node:http'
import { Clients } from '../../../src/commands/demo/clients.ts'
import { openServer, portOf } from '../../../src/commands/demo/servers.ts'
import { parseAddress } from '../../../src/config/fields/address.ts'
import { closeBrowser, openPage, type View } from '../support/browser.ts'
import { open } from '../support/echo.ts'
import { type Copyloop, endAll, run } from '../support/proxy.ts'

const servers = new Set<Server>()
const clients = new Set<Clients>()

const endTraffic = async (): Promise<void> => {
  for (const one of clients) one.stop()
  clients.clear()
  for (const server of servers) await close(server)
}

const close = async (server: Server): Promise<void> => {
  servers.delete(server)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

export interface Setup {
  readonly copyloop: Copyloop
  readonly url: string
  /** The addresses of the two servers. */
  readonly addresses: readonly [string, string]
  /** Takes the second server down. */
  takeDown(): Promise<void>
}

/** What `copyloop demo` is, but for its process: two servers with checks, and clients. */
export const demoSetup = async (given: object = {}): Promise<Setup> => {
  const opened = [await openServer(), await openServer()] as const
  for (const server of opened) servers.add(server)
  const addresses = opened.map((server) => `127.0.0.1:${portOf(server)}`) as [string, string]
  const health = { interval: '100ms', fall: 2, send: 'GET / HTTP/1.0\\r\\n\\r\\n', expect: '200 OK' }
  const copyloop = await run({
    workers: 2,
    listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
    upstreams: [{ name: 'app', servers: addresses, health }],
    ...given,
  })
  const traffic = new Clients(parseAddress(copyloop.address('web')))
  traffic.start()
  clients.add(traffic)
  return { copyloop, url: urlOf(copyloop), addresses, takeDown: () => close(opened[1]) }
}

/** For `afterAll` or `afterEach`. */
export const endDashboards = async (): Promise<void> => {
  await closeBrowser()
  await endTraffic()
  await endAll()
}

/** What `demoSetup` is, and a view of its dashboard, on which all is well. */
export const viewDemo = async (): Promise<{ setup: Setup; view: View }> => {
  const setup = await demoSetup()
  const view = await openPage()
  await view.page.goto(setup.url)
  await view.page.getByRole('heading', { name: 'All 2 servers are in rotation' }).waitFor()
  return { setup, view }
}

/** Of the dashboard. */
export const urlOf = (copyloop: Copyloop): string => `http://${copyloop.log.find(({ admin }) => admin)?.admin}/`

/** A connection of a test's own, and the row that shows it. */
export const connect = async ({ copyloop }: Setup, { page }: View) => {
  const socket = open(copyloop.address('web'))
  await new Promise((resolve) => socket.once('connect', resolve))
  const name = `127.0.0.1:${socket.localPort}`
  const row = page.locator('#connections tbody tr', { hasText: name })
  await page.locator('#connections').scrollIntoViewIfNeeded()
  await row.waitFor()
  return { socket, name, row }
}
