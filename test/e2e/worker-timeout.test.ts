/** Workers that are silent: they are killed after `workerTimeout`, and the log has what is known of them. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { inWorkers } from './support/preload.ts'
import { Copyloop, endAll, lives, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test.each(ENGINES)(
  'a worker that is stopped for longer than workerTimeout is replaced, engine $name',
  async ({ name }) => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine: name, workerTimeout: '2s' })
    const [worker] = (await copyloop.stats()).workers
    await echo(open(copyloop.address('web')), 'hello')
    await copyloop.untilStats('it is counted', ({ totals }) => totals.connectionsActive === 1)
    process.kill(worker?.pid ?? 0, 'SIGSTOP')
    await until('it is killed', () => copyloop.logged('is killed'))
    expect(copyloop.log.find(({ msg }) => msg.includes('is killed'))).toMatchObject({
      worker: worker?.id,
      pid: worker?.pid,
      silentMs: 2_000,
      connectionsActive: 1,
      msg: `worker ${worker?.id} has been silent for 2 s and is killed: it is stopped, as by SIGSTOP`,
    })
    await visit(copyloop.address('web'))
    expect(lives(worker?.pid ?? 0)).toBe(false)
  },
)

test('one whose event loop is blocked by a computation is said to compute', async () => {
  const loop = inWorkers(
    `process.on('message', ({ kind }) => kind === 'reopenLog' && setImmediate(() => { for (;;); }))`,
  )
  const copyloop = await run({ ...relayTo(await echoServer()), workerTimeout: '2s' }, loop)
  copyloop.signal('SIGUSR2')
  await until('it is killed', () => copyloop.logged('has been silent for 2 s and is killed: it is computing'))
})

test('an idle worker gives a sign of life more often than workerTimeout', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workerTimeout: '2s' })
  const [worker] = (await copyloop.stats()).workers
  // It is the time itself that is tested.
  await pause(6_000)
  expect((await copyloop.stats()).workers.map(({ pid, state }) => ({ pid, state }))).toEqual([
    { pid: worker?.pid, state: 'serving' },
  ])
})

test('each process raises its limit of open files to the hard limit', async () => {
  const file = writeConfig(relayTo(await echoServer()))
  const copyloop = await new Copyloop(['run', '-c', file], {}, newDirectory(), 'ulimit -S -n 256').serving()
  const { workers } = await copyloop.stats()
  for (const pid of [copyloop.pid, ...workers.map((worker) => worker.pid)]) {
    const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
    expect(Number(soft)).toBeGreaterThan(256)
    expect(soft).toBe(hard)
  }
})
