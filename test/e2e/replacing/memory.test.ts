import { afterEach, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { closeAll, echo, echoServer, open } from '../support/echo.ts'
import { endAll, relayTo } from '../support/proxy.ts'
import { Reloading } from '../support/reloading.ts'
import { endsOf, NO_ENDS, servingPids } from '../support/replacing.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test('a worker above workerMemory is replaced, once a minute where its successor is above it too; a reload sets it', async () => {
  // Silent workers report often where they would be killed soon.
  const config = { ...relayTo(await echoServer()), workerTimeout: '2s' }
  const reloading = await Reloading.run(config)
  const { copyloop } = reloading
  const pids = await servingPids(copyloop)
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const { body } = await reloading.to({ ...config, workerMemory: '40MiB' })
  expect(body.plan?.changes).toMatchObject([{ path: 'workerMemory', effect: 'with the next reports of the workers' }])
  await until('it is replaced', () => copyloop.logged('worker 2 takes the place of worker 1'))
  expect(copyloop.log.find(({ msg }) => msg.includes('above workerMemory: 40 MiB; it is replaced'))).toMatchObject({
    worker: 1,
    rssBytes: expect.any(Number),
    workerMemory: 40 * 2 ** 20,
  })
  await until('its successor is noticed', () => copyloop.logged('it stays until a minute has passed'))
  expect(copyloop.log.filter(({ msg }) => msg.includes('above workerMemory'))).toHaveLength(2)
  await echo(socket, 'still here')
  socket.end()
  const { workers } = await copyloop.untilStats('the old one has left', (stats) => stats.workers.length === 1)
  expect(workers[0]?.pid).not.toBe(pids[0])
  expect(await endsOf(copyloop)).toEqual({ ...NO_ENDS, replaced: 1 })
})
