import { readdirSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { endAll } from './support/proxy.ts'
import { Reloading } from './support/reloading.ts'

const RELOADS = 200

afterEach(async () => {
  await endAll()
  await closeAll()
})

const descriptorsOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)

test.each(['kernel', 'streams'])(
  'two hundred reloads in a row under load leak nothing, and no client is refused or reset (%s)',
  async (engine) => {
    const [one, other] = [await echoServer(), await echoServer()]
    const config = (turn: number) => {
      const isOdd = turn % 2 === 1
      return {
        engine,
        workers: 2,
        listeners: [
          { name: 'web', listen: '127.0.0.1:0', upstream: 'app', timeouts: { idle: isOdd ? '2m' : '3m' } },
          // A listener and an upstream that come and go.
          { name: isOdd ? 'odd' : 'even', listen: '127.0.0.1:0', upstream: isOdd ? 'odd' : 'app' },
        ],
        upstreams: [
          { name: 'app', servers: [{ address: one, weight: 1 + (turn % 5) }, ...(isOdd ? [other] : [])] },
          ...(isOdd ? [{ name: 'odd', servers: [other] }] : []),
        ],
      }
    }
    const reloading = await Reloading.run(config(0))
    const { copyloop } = reloading
    const address = copyloop.address('web')
    const living = Array.from({ length: 20 }, () => open(address))
    await Promise.all(living.map((socket) => echo(socket, 'hello')))
    const pids = [copyloop.pid, ...(await copyloop.stats()).workers.map(({ pid }) => pid)]

    let isOver = false
    let visits = 0
    const clients = Array.from({ length: 4 }, async () => {
      for (; !isOver; visits++) await visit(address)
    })
    const reload = async (from: number, to: number): Promise<void> => {
      for (let turn = from; turn < to; turn++) expect((await reloading.to(config(turn))).body.applied).toBe(true)
    }
    await reload(1, 21)
    const before = descriptorsOf(pids)
    await reload(21, 21 + RELOADS)
    isOver = true
    await Promise.all(clients)
    expect(visits).toBeGreaterThan(RELOADS)
    await Promise.all(living.map((socket) => echo(socket, 'still here')))
    // Eight clients at a time have been there before as well, and pipes are pooled.
    await until('descriptors are closed', () => descriptorsOf(pids) <= before + 8)
    const { workers, listeners, reloads } = await copyloop.stats()
    expect(workers.map(({ pid }) => pid)).toEqual(pids.slice(1))
    expect([Object.keys(listeners), reloads]).toEqual([['web', 'even'], { applied: 20 + RELOADS, refused: 0 }])
  },
  240_000,
)
