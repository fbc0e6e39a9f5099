/** Servers that refuse beside servers that are full, over four workers: whoever has tried one waits for the others. */
import { afterEach, describe, expect, test } from 'vitest'
import { refusingAddress } from '../support/addresses.ts'
import { MoodyServer } from '../support/moody-server.ts'
import { until } from '../support/until.ts'
import { closeCountingServers, openCountingServer } from './support/counting-server.ts'
import { closeAll, echo, open } from './support/echo.ts'
import { endAll, run } from './support/proxy.ts'
import { expectServedInOrder } from './support/queue-order.ts'

const moody: MoodyServer[] = []

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeCountingServers()
  for (const server of moody.splice(0)) await server.close()
})

const config = (engine: string, servers: object[], upstream: object) => ({
  workers: 4,
  engine,
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
  upstreams: [{ name: 'app', servers, ...upstream }],
})

describe.each(['kernel', 'streams'])('over 4 workers, engine %s,', (engine) => {
  test('clients that a dead server has refused are served by the full one, in the order in which they came', async () => {
    const live = await openCountingServer()
    const servers = [{ address: refusingAddress() }, { address: live.address, maxConnections: 1 }]
    const copyloop = await run(config(engine, servers, { ejection: 'off', queue: { length: 50, timeout: '1m' } }))
    await expectServedInOrder(copyloop, live)
    const served = () => copyloop.log.filter(({ outcome }) => outcome === 'upstreamReset').length
    await until('every line', () => served() === live.accepted)
  }, 60_000)

  test('while one of three servers restarts, everyone is served by the others, and by it when it is back', async () => {
    for (let count = 0; count < 3; count++) moody.push(await MoodyServer.open())
    const [restarting] = moody
    const servers = moody.map(({ address }) => ({ address, maxConnections: 4 }))
    const ejection = { failures: 5, for: '300ms' }
    const copyloop = await run(config(engine, servers, { ejection, queue: { length: 200, timeout: '1m' } }))
    let isOver = false
    let served = 0
    // The kernel resets those that wait to be accepted when a server closes its socket.
    let isClosing = false
    const client = async () => {
      while (!isOver) {
        const socket = open(copyloop.address('web'))
        const isServed = await echo(socket, 'hello').then(
          () => true,
          (error) => {
            if (!isClosing) throw error
          },
        )
        if (isServed) served += 1
        await new Promise((resolve) => setTimeout(resolve, 20))
        socket.resetAndDestroy()
      }
    }
    const clients = Promise.all(Array.from({ length: 20 }, client))
    const more = (what: string, count: number) => {
      const before = served
      return until(what, () => served >= before + count, 20_000)
    }
    await Promise.race([clients, more('some are served', 100)])
    // Its connections go on to their end, as those of a server that is stopped gracefully.
    isClosing = true
    restarting?.refuseNext()
    await Promise.race([clients, more('the others serve all', 200)])
    isClosing = false
    await restarting?.become('serve')
    const accepted = restarting?.accepted ?? 0
    await Promise.race([clients, until('it serves again', () => (restarting?.accepted ?? 0) > accepted + 10, 20_000)])
    isOver = true
    // One that was reset before it was served rejects.
    await clients
    await copyloop.untilStats('all have left', ({ totals }) => totals.connectionsActive === 0)
    const outcomes = new Set(copyloop.log.flatMap(({ msg, outcome }) => (msg === 'connection' ? [outcome] : [])))
    outcomes.delete('upstreamReset')
    expect(outcomes).toEqual(new Set(['clientReset']))
  }, 90_000)
})
