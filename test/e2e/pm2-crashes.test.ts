import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { never, until } from '../support/until.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { Pm2 } from './support/pm2.ts'
import { newDirectory, relayTo, writeConfig } from './support/proxy.ts'

const pm2 = new Pm2(newDirectory())
const listen = `unix:${pm2.directory}/web.sock`
let server = ''

const configOf = (...others: string[]) =>
  writeConfig(
    { ...relayTo(server), listeners: [{ name: 'web', listen: [listen, ...others], upstream: 'app' }] },
    pm2.directory,
  )

beforeAll(async () => {
  server = await echoServer()
  configOf()
  await pm2.run('start', 'ecosystem.config.cjs')
})

afterAll(async () => {
  await pm2.end()
  await closeAll()
})

/** Kills it as the kernel does when memory is short. pm2 takes that for exit code 0. */
const crash = () => process.kill(pm2.primary, 'SIGKILL')

const serves = async (): Promise<boolean> =>
  visit(listen).then(
    () => true,
    () => false,
  )

test('a copyloop that was killed is started again, however often it takes until its address is free', async () => {
  const taker = createServer()
  await once(taker.listen(0, '127.0.0.1'), 'listening')
  const { port } = taker.address() as { port: number }
  configOf(`127.0.0.1:${port}`)
  const { starts } = pm2
  crash()
  await until('it has failed twice', () => pm2.starts >= starts + 3, 20_000)
  expect(pm2.file('logs/copyloop-error.log')).toContain(`127.0.0.1:${port}`)
  taker.close()
  await expect.poll(serves, { timeout: 20_000 }).toBe(true)
  await visit(`127.0.0.1:${port}`)
}, 60_000)

test('one whose config is wrong by then is started once, says what is wrong once, and is not tried again', async () => {
  const errorsBefore = pm2.file('logs/copyloop-error.log')
  const { starts } = pm2
  writeConfig({ listeners: [], upstreams: [] }, pm2.directory)
  crash()
  // pm2 writes that it will restart in some hundred milliseconds, and does not.
  const said = () => /exited with code \[78\].*will restart in (\d+)ms/s.exec(pm2.file('pm2.log'))?.[1]
  await until('it has exited', () => said() !== undefined, 20_000)
  await never('it is started again', () => pm2.starts > starts + 1, Number(said()) + 500)
  expect(await pm2.app()).toMatchObject({ pid: 0, exitCode: 78, status: 'waiting restart' })
  const errors = pm2.file('logs/copyloop-error.log').slice(errorsBefore.length)
  expect(
    errors
      .trimEnd()
      .split('\n')
      .filter((line) => line.includes('copyloop.json')),
  ).toHaveLength(1)

  configOf()
  await pm2.run('restart', 'copyloop')
  await visit(listen)
  expect((await pm2.app()).status).toBe('online')
}, 60_000)
