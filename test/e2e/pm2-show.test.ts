import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, endOf, open, visit } from './support/echo.ts'
import { Pm2 } from './support/pm2.ts'
import { newDirectory, relayTo, writeConfig } from './support/proxy.ts'

const pm2 = new Pm2(newDirectory())
const listen = `unix:${pm2.directory}/web.sock`
let server = ''

const configWith = (others: object = {}) =>
  writeConfig(
    { ...relayTo(server), listeners: [{ name: 'web', listen, upstream: 'app' }], workers: 2, ...others },
    pm2.directory,
  )

// One copyloop for all of them: they are about what pm2 shows of it.
beforeAll(async () => {
  server = await echoServer()
  configWith()
  await pm2.run('start', 'ecosystem.config.cjs')
})

afterAll(async () => {
  await pm2.end()
  await closeAll()
})

const metric = (shown: string, name: string): string | undefined =>
  new RegExp(`│ ${name}\\s+│ (.*?)\\s+│`).exec(shown)?.[1]

test('pm2 show has the actions, and the metrics, which follow within seconds', async () => {
  const shown = await pm2.run('show', 'copyloop')
  for (const action of ['status', 'reload', 'drain']) expect(shown).toMatch(new RegExp(`│ ${action}\\s+│`))
  const names = ['ready', 'connections active', 'connections accepted', 'accepted per second', 'workers serving']
  expect(names.map((name) => metric(shown, name))).toEqual(['yes', '0', '0', '0', '2 of 2'])
  expect(metric(shown, 'servers in rotation')).toBe('1 of 1')
  expect(metric(shown, 'memory of the workers')).toMatch(/^[1-9]\d+ MiB$/)

  const socket = open(listen)
  await echo(socket, 'hello')
  for (let visits = 0; visits < 3; visits++) await visit(listen)
  const accepted = async () => {
    const again = await pm2.run('show', 'copyloop')
    return ['connections active', 'connections accepted'].map((name) => metric(again, name))
  }
  await expect.poll(accepted, { timeout: 15_000 }).toEqual(['1', '4'])
  socket.end()
  await endOf(socket)
}, 60_000)

test('pm2 trigger status answers what is counted now', async () => {
  await visit(listen)
  expect(await pm2.trigger('status')).toMatchObject({
    ready: true,
    connectionsActive: 0,
    connectionsAccepted: 5,
    workers: { serving: 2, of: 2 },
    servers: { inRotation: 1, of: 1 },
  })
}, 60_000)

test('pm2 trigger reload applies the config, or answers what is wrong with it; a parameter is refused', async () => {
  configWith({ drainTimeout: '20s' })
  const changed = [expect.objectContaining({ path: 'drainTimeout', from: '30s', to: '20s' })]
  expect(await pm2.trigger('reload', 'plan')).toEqual({ error: 'reload takes no parameter; nothing was done' })
  expect(await pm2.trigger('reload')).toMatchObject({ applied: true, plan: { changes: changed } })
  configWith({ listeners: [] })
  const problems = [expect.objectContaining({ path: 'listeners' })]
  expect(await pm2.trigger('reload')).toMatchObject({ applied: false, problems })
  await until('it is logged', () => pm2.logged('pm2 trigger reload: the config is wrong, nothing has changed'))
  await visit(listen)
}, 60_000)

test('pm2 trigger drain lets connections finish, and then pm2 starts copyloop anew', async () => {
  configWith()
  const before = pm2.primary
  const socket = open(listen)
  await echo(socket, 'hello')
  expect(await pm2.trigger('drain')).toMatchObject({ draining: true, atOnce: false, drainTimeoutMs: 20_000 })
  await echo(socket, 'still here')
  expect(pm2.primary).toBe(before)
  socket.end()
  await until(
    'it is started',
    () => pm2.starts === 2 && pm2.file('logs/copyloop-out.log').split('listening on').length === 3,
  )
  await visit(listen)
  expect(pm2.logged('pm2 trigger drain: draining for at most 20 s')).toBe(true)
  expect(pm2.logged('1 connections ended by themselves, 0 cut short')).toBe(true)
}, 60_000)
