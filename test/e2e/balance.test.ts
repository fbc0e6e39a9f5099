/** Workers of the kernel engine share the connections of one listening socket evenly, also right after one was replaced. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Stats } from '../../src/primary/admin/stats-answer.ts'
import { closeAll, echo, echoServer, open } from './support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const WORKERS = 4
/** How much more than the mean the fullest worker may have, and how much less than the fullest the emptiest. */
const TOLERATED = 0.15
/** Of 100 connections. Usually it is 70 to 100; on a busy machine others may be quicker. */
const TWICE_ITS_SHARE = 50

/** Opens connections one after another, each when the one before was answered through its worker. All stay open. */
const openOneByOne = async (address: string, count: number): Promise<Socket[]> => {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const socket = open(address)
    await echo(socket, 'hello')
    sockets.push(socket)
  }
  return sockets
}

/** What each worker serves, by its pid, once what they report adds up to as many as there are. */
const loads = async (copyloop: Copyloop, living: number): Promise<Map<number, number>> => {
  const sum = ({ workers }: Stats): number => workers.reduce((total, worker) => total + worker.connectionsActive, 0)
  const stats = await copyloop.untilStats(`${living} connections are reported`, (latest) => sum(latest) === living)
  return new Map(stats.workers.map((worker) => [worker.pid, worker.connectionsActive]))
}

const fullestOf = (active: Map<number, number>): number => Math.max(...active.values())

const expectEven = (active: Map<number, number>): void => {
  const all = [...active.values()]
  const mean = all.reduce((sum, count) => sum + count) / all.length
  expect(fullestOf(active) / mean, `served by the workers: ${all.join(', ')}`).toBeLessThanOrEqual(1 + TOLERATED)
}

const start = async (workers = WORKERS): Promise<Copyloop> =>
  run({ ...relayTo(await echoServer()), workers, engine: 'kernel', log: { level: 'info', access: false } })

/** Kills a worker, and waits until the next one serves in its place; answers its pid. */
const replace = async (copyloop: Copyloop, pid: number): Promise<number> => {
  const before = new Set((await copyloop.stats()).workers.map((worker) => worker.pid))
  process.kill(pid, 'SIGKILL')
  const stats = await copyloop.untilStats(
    'it is replaced',
    ({ workers }) =>
      workers.length === WORKERS && workers.every((worker) => worker.pid !== pid && worker.state === 'serving'),
  )
  const [replacement] = stats.workers.filter((worker) => !before.has(worker.pid))
  return replacement?.pid ?? 0
}

describe.runIf(process.platform === 'linux')('over 4 workers of the kernel engine', () => {
  test('1,000 connections that last, opened one after another, are spread evenly, and a new worker catches up', async () => {
    const copyloop = await start()
    const address = copyloop.address('web')
    const sockets = await openOneByOne(address, 1_000)
    const active = await loads(copyloop, 1_000)
    expectEven(active)

    const [victim = 0, lost = 0] = [...active].find(([, count]) => count === fullestOf(active)) ?? []
    const ended = new Set<Socket>()
    for (const socket of sockets) socket.once('close', () => ended.add(socket))
    const newcomer = await replace(copyloop, victim)
    sockets.push(...(await openOneByOne(address, 600)))
    const after = await loads(copyloop, 1_600 - lost)
    expect(after.get(newcomer)).toBeGreaterThan(fullestOf(after) * (1 - TOLERATED))
    expectEven(after)

    // Only those of the killed worker have ended, and whoever else is asked answers.
    expect(ended.size).toBe(lost)
    await Promise.all(sockets.filter((socket) => !ended.has(socket)).map((socket) => echo(socket, 'still here')))
    expect(copyloop.stderr).toBe('')
    expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
  }, 90_000)

  test('a new worker that is far behind gets most connections until it has caught up', async () => {
    const copyloop = await start()
    const address = copyloop.address('web')
    await openOneByOne(address, 800)
    const active = await loads(copyloop, 800)
    const [victim = 0, lost = 0] = [...active][0] ?? []
    const newcomer = await replace(copyloop, victim)
    await openOneByOne(address, 100)
    const after = await loads(copyloop, 900 - lost)
    expect(after.get(newcomer)).toBeGreaterThanOrEqual(TWICE_ITS_SHARE)
  }, 90_000)

  test('nobody waits for a worker that was stopped, though it has the fewest connections', async () => {
    const copyloop = await start()
    const address = copyloop.address('web')
    await openOneByOne(address, 200)
    const active = await loads(copyloop, 200)
    const [victim = 0, lost = 0] = [...active][0] ?? []
    const newcomer = await replace(copyloop, victim)
    process.kill(newcomer, 'SIGSTOP')
    try {
      // The others are ahead of it by all that they have, and each connection would be its.
      await openOneByOne(address, 200)
    } finally {
      process.kill(newcomer, 'SIGCONT')
    }
    const after = await loads(copyloop, 400 - lost)
    expect(after.get(newcomer)).toBe(0)
    // When it goes on, so does its share.
    await openOneByOne(address, 100)
    expect((await loads(copyloop, 500 - lost)).get(newcomer)).toBeGreaterThanOrEqual(TWICE_ITS_SHARE)
    expect(copyloop.logged('is killed')).toBe(false)
  }, 90_000)
})
