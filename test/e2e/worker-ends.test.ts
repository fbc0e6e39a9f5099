import { afterEach, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open } from './support/echo.ts'
import { inWorkers } from './support/preload.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** How many workers have ended, by how. */
const endsOf = async (copyloop: Copyloop): Promise<Record<string, number>> => {
  const text = await (await copyloop.admin('/metrics')).text()
  const samples = text.matchAll(/^copyloop_worker_ends_total\{how="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...samples].map(([, how, count]) => [how, Number(count)]))
}

const NONE = { exit: 0, signal: 0, killed: 0 }

test('each end of a worker is counted by how it came about, from 0', async () => {
  const exitsWhenTold = inWorkers(`process.on('SIGWINCH', () => process.exit(3))`)
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 }, exitsWhenTold)
  expect(await endsOf(copyloop)).toEqual(NONE)
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
  expect(await endsOf(copyloop)).toEqual({ ...NONE, signal: 1 })
  await endOne('SIGWINCH')
  await endOne('SIGWINCH')
  expect(await endsOf(copyloop)).toEqual({ ...NONE, signal: 1, exit: 2 })
})

test('a worker that leaves because the program stops is not counted', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  copyloop.signal('SIGTERM')
  await copyloop.untilStats('the idle worker has left', ({ workers }) => workers.length === 1)
  expect(await endsOf(copyloop)).toEqual(NONE)
  socket.end()
  expect(await copyloop.exited).toBe(0)
})
