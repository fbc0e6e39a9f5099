import { afterEach, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open } from './support/echo.ts'
import { inWorkers } from './support/preload.ts'
import { endAll, relayTo, run } from './support/proxy.ts'
import { endsOf, NO_ENDS } from './support/replacing.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test('each end of a worker is counted by how it came about, from 0', async () => {
  const exitsWhenTold = inWorkers(`process.on('SIGWINCH', () => process.exit(3))`)
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 }, exitsWhenTold)
  expect(await endsOf(copyloop)).toEqual(NO_ENDS)
  const endOne = async (signal: NodeJS.Signals): Promise<void> => {
    const [victim] = (await copyloop.stats()).workers
    process.kill(victim?.pid ?? 0, signal)
    await copyloop.untilStats(
      'it is replaced',
      ({ workers }) =>
        workers.filter(({ state }) => state === 'serving').length === 2 &&
        workers.every(({ pid }) => pid !== victim?.pid),
    )
  }
  await endOne('SIGKILL')
  expect(await endsOf(copyloop)).toEqual({ ...NO_ENDS, signal: 1 })
  await endOne('SIGWINCH')
  await endOne('SIGWINCH')
  expect(await endsOf(copyloop)).toEqual({ ...NO_ENDS, signal: 1, exit: 2 })
})

test('a worker that leaves because the program stops is not counted', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  copyloop.signal('SIGTERM')
  await copyloop.untilStats('the idle worker has left', ({ workers }) => workers.length === 1)
  expect(await endsOf(copyloop)).toEqual(NO_ENDS)
  socket.end()
  expect(await copyloop.exited).toBe(0)
})
