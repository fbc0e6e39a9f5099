/** Envoy's stack overflowed when a cluster with many idle connections was removed (CVE-2022-23606). */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, endOf, open } from '../e2e/support/echo.ts'
import { endAll } from '../e2e/support/proxy.ts'
import { Reloading } from '../e2e/support/reloading.ts'
import { ENGINES } from '../support/engines.ts'
import { hardLimit } from '../support/limits.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const CROWD = 2_000
const enough = hardLimit(process.pid) > 2 * CROWD + 200
const reason = enough ? '' : ' (skipped: too few descriptors are allowed here)'

describe.each(ENGINES)('an upstream with 2,000 idle connections is removed, engine $name', ({ name }) => {
  test.skipIf(!enough)(
    `all end as drained after drainTimeout, others are served meanwhile, and the worker goes on${reason}`,
    async () => {
      const servers = [await echoServer()]
      const web = { name: 'web', listen: '127.0.0.1:0', upstream: 'old' }
      const config = (upstream: string) => ({
        engine: name,
        drainTimeout: '2s',
        log: { access: false },
        listeners: [{ ...web, upstream }],
        upstreams: [{ name: upstream, servers }],
      })
      const reloading = await Reloading.run(config('old'))
      const { copyloop } = reloading
      const address = copyloop.address('web')
      const [worker] = (await copyloop.stats()).workers
      const crowd: Socket[] = []
      while (crowd.length < CROWD) {
        const some = Array.from({ length: 250 }, () => open(address))
        await Promise.all(some.map((socket) => echo(socket, 'x')))
        crowd.push(...some)
      }
      const ends = crowd.map(endOf)
      const { body } = await reloading.to(config('new'))
      expect(body.plan?.changes.map(({ change, connections }) => [change, connections])).toEqual([
        ['changed', CROWD],
        ['added', 0],
        ['removed', CROWD],
      ])
      const other = open(address)
      let longestMs = 0
      let isOver = false
      const echoing = (async () => {
        while (!isOver) {
          const begunMs = performance.now()
          await echo(other, 'hello')
          longestMs = Math.max(longestMs, performance.now() - begunMs)
        }
      })()
      expect(new Set(await Promise.all(ends))).toEqual(new Set(['ECONNRESET']))
      isOver = true
      await echoing
      expect(longestMs).toBeLessThan(1_000)
      const after = await copyloop.untilStats('all are counted', ({ totals }) => totals.connectionsActive === 1)
      expect([after.totals.outcomes, after.workers.map(({ pid }) => pid)]).toEqual([{ drained: CROWD }, [worker?.pid]])
    },
    60_000,
  )
})
