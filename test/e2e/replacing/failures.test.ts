import { afterEach, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { command } from '../support/admin.ts'
import { closeAll, echo, echoServer, endOf, open, visit } from '../support/echo.ts'
import { endAll, relayTo, run } from '../support/proxy.ts'
import { Reloading } from '../support/reloading.ts'
import { AtStart, endsOf, heldBack, NO_ENDS, replaceWorkers, servingPids } from '../support/replacing.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test.each([
  [
    'cannot serve',
    `if (existsSync(flag)) process.dlopen = () => { throw new Error('nothing native here') }`,
    'nothing native here',
  ],
  ['dies', 'if (existsSync(flag)) process.exit(3)', 'it ended before it could serve: exit code 3'],
])('where the new worker %s, the old ones go on, and the command says why', async (_, code, reason) => {
  const start = new AtStart(code)
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2, engine: 'kernel' }, start.environment)
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const pids = await servingPids(copyloop)
  start.begin()
  const ran = await command(['reload', '--workers', '--admin', copyloop.adminAddress])
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain('the config is applied, but no worker was replaced')
  expect(ran.stderr).toContain(reason)
  expect(await servingPids(copyloop)).toEqual(pids)
  await until('the log says why', () =>
    copyloop.log.some(({ level, msg }) => level === 50 && msg.includes('goes on') && msg.includes(reason)),
  )
  expect((await endsOf(copyloop)).replaced).toBe(0)
  await echo(socket, 'still here')
  start.end()
  expect((await replaceWorkers(copyloop)).body.workers).toEqual({ replaced: 2 })
  await echo(socket, 'still here')
  for (let visits = 0; visits < 10; visits++) await visit(copyloop.address('web'))
})

test('an old worker that is killed meanwhile has its successor, and is counted once', async () => {
  const start = heldBack()
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 }, start.environment)
  const [victim, other] = await servingPids(copyloop)
  start.begin()
  const answer = replaceWorkers(copyloop)
  await copyloop.untilStats('the first successor starts', ({ workers }) => workers.length === 3)
  process.kill(victim ?? 0, 'SIGKILL')
  await copyloop.untilStats('it is gone', ({ workers }) => !workers.some(({ pid }) => pid === victim))
  start.end()
  expect(await answer).toMatchObject({ status: 200, body: { workers: { replaced: 2 } } })
  await copyloop.untilStats('the other has left', ({ workers }) => workers.length === 2)
  const pids = await servingPids(copyloop)
  expect(pids).toHaveLength(2)
  expect(pids.some((pid) => pid === victim || pid === other)).toBe(false)
  expect(await endsOf(copyloop)).toEqual({ ...NO_ENDS, signal: 1, replaced: 1 })
})

test('a successor that is killed leaves the old one serving; meanwhile another request is refused, and nothing has changed', async () => {
  const start = heldBack()
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 }, start.environment)
  const pids = await servingPids(copyloop)
  start.begin()
  const answer = replaceWorkers(copyloop)
  const { workers } = await copyloop.untilStats('the first successor starts', (stats) => stats.workers.length === 3)
  expect(await replaceWorkers(copyloop)).toEqual({
    status: 409,
    body: { error: 'the workers are being replaced already: try again once they are' },
  })
  expect((await copyloop.stats()).reloads.applied).toBe(1)
  process.kill(workers.find(({ state }) => state === 'starting')?.pid ?? 0, 'SIGKILL')
  expect(await answer).toMatchObject({ status: 500, body: { applied: true, workers: { replaced: 0 } } })
  expect(await servingPids(copyloop)).toEqual(pids)
  start.end()
  await visit(copyloop.address('web'))
  expect(await endsOf(copyloop)).toEqual({ ...NO_ENDS, signal: 1 })
})

test('a stop during a replacement drains all: those that leave, those that serve, and those that start', async () => {
  const start = heldBack()
  const copyloop = await run(
    { ...relayTo(await echoServer()), engine: 'streams', workers: 2, drainTimeout: '30s' },
    start.environment,
  )
  const early = open(copyloop.address('web'))
  await echo(early, 'hello')
  await replaceWorkers(copyloop)
  const late = open(copyloop.address('web'))
  await echo(late, 'hello')
  start.begin()
  const answer = replaceWorkers(copyloop)
  await copyloop.untilStats('one starts, and one leaves', ({ workers }) =>
    ['starting', 'draining'].every((wanted) => workers.some(({ state }) => state === wanted)),
  )
  copyloop.signal('SIGTERM')
  expect(await answer).toMatchObject({ status: 500, body: { error: expect.stringContaining('copyloop is stopping') } })
  for (const socket of [early, late]) {
    await echo(socket, 'still here')
    const ended = endOf(socket)
    socket.end()
    expect(await ended).toBe('FIN')
  }
  expect(await copyloop.exited).toBe(0)
  expect(copyloop.log.at(-1)?.msg).toBe('drained: 2 connections ended by themselves, 0 cut short')
})

test('a stop with less time overtakes the drain of a worker that leaves', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), engine: 'streams', drainTimeout: '60s' })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  await replaceWorkers(copyloop)
  const ended = endOf(socket)
  copyloop.signal('SIGTERM')
  await until('it drains', () => copyloop.logged('SIGTERM: draining'))
  copyloop.signal('SIGTERM')
  expect(await ended).toBe('ECONNRESET')
  expect(await copyloop.exited).toBe(0)
})

test('a wrong config replaces no worker, and a plan cannot be asked for at the same time', async () => {
  const config = relayTo(await echoServer())
  const reloading = await Reloading.run(config)
  const { copyloop } = reloading
  const pids = await servingPids(copyloop)
  expect((await reloading.ask('?workers=true&plan=true')).status).toBe(400)
  expect((await reloading.ask('?workers=yes')).status).toBe(400)
  const both = await command(['reload', '--workers', '--plan', '--admin', copyloop.adminAddress])
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('give --plan or --workers')])
  reloading.write({ ...config, drainTimeout: 'soon' })
  expect((await reloading.ask('?workers=true')).status).toBe(422)
  const wrong = await command(['reload', '--workers', '--json', '--admin', copyloop.adminAddress])
  expect([wrong.code, JSON.parse(wrong.stdout).applied]).toEqual([78, false])
  expect(await servingPids(copyloop)).toEqual(pids)
})

test('what changes with the same reload, the new workers serve', async () => {
  const reloading = await Reloading.run(relayTo(await echoServer()))
  const { copyloop } = reloading
  const living = open(copyloop.address('web'))
  await echo(living, 'hello')
  reloading.write({ ...relayTo(await echoServer()), drainTimeout: '1s' })
  const ran = await command(['reload', '--workers', '--json', '--admin', copyloop.adminAddress])
  expect(ran.code).toBe(0)
  expect(JSON.parse(ran.stdout)).toMatchObject({ applied: true, workers: { replaced: 1 } })
  // The command has waited for the drain of the config that is in effect.
  const { workers, totals } = await copyloop.stats()
  expect([workers.map(({ id }) => id), totals.outcomes]).toEqual([[2], { drained: 1 }])
  await visit(copyloop.address('web'))
})
