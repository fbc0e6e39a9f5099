import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { Pm2 } from './support/pm2.ts'
import { lives, newDirectory, relayTo, writeConfig } from './support/proxy.ts'

const directory = newDirectory()
const pm2 = new Pm2(directory)

afterEach(async () => {
  await pm2.end()
  await closeAll()
})

test('a second app takes over under load: nobody is refused, a living connection moves, and pm2 starts the old one no more', async () => {
  const listen = `unix:${directory}/web.sock`
  const control = `unix:${directory}/copyloop.ctl`
  const listeners = [{ name: 'web', listen, upstream: 'app' }]
  writeConfig({ ...relayTo(await echoServer()), listeners, control, admin: 'off' }, directory)
  await pm2.run('start', 'ecosystem.config.cjs')
  const old = await pm2.app()
  const living = open(listen)
  await echo(living, 'before')
  let isOver = false
  const clients = Array.from({ length: 4 }, async () => {
    while (!isOver) await visit(listen)
  })
  pm2.environment = { COPYLOOP_NAME: 'copyloop-2', COPYLOOP_TAKE_OVER: control }
  await pm2.run('start', 'ecosystem.config.cjs')
  await until('the old one waits', () => pm2.logged('it waits for pm2 delete copyloop'))
  await echo(living, 'after')
  expect(await pm2.app()).toMatchObject({ pid: old.pid, restarts: 0 })
  await pm2.run('delete', 'copyloop')
  await echo(living, 'and without the old one')
  isOver = true
  await Promise.all(clients)
  expect(lives(old.pid)).toBe(false)
  // After a crash it is started as usual.
  const { pid, status } = await pm2.app('copyloop-2')
  expect(status).toBe('online')
  process.kill(pid, 'SIGKILL')
  await until('it serves again', () => pm2.file('logs/copyloop-2-out.log').includes('there is nothing to take over'))
  await expect
    .poll(
      () =>
        visit(listen).then(
          () => 'served',
          () => 'not yet',
        ),
      { timeout: 10_000 },
    )
    .toBe('served')
}, 60_000)
