/** However a worker ends: what it cuts short ends with a RST, for both sides. A FIN would say that it was all. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { formatAddress } from '../../src/config/fields/address.ts'
import { ENGINES } from '../../src/config/schema.ts'
import { openFullBacklog } from '../support/full-backlog.ts'
import { until, within } from '../support/until.ts'
import { closeAll, endOf, open } from './support/echo.ts'
import { inWorkers } from './support/preload.ts'
import { type Copyloop, endAll, lives, run } from './support/proxy.ts'

const CONNECTIONS = 20
const HALF_AN_ANSWER = 1_000

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** Ends a worker that has downloads under way and clients that wait for a server, and expects RSTs on all sockets. */
const expectResets = async (
  engine: string,
  environment: Record<string, string>,
  endWorkers: (copyloop: Copyloop, worker: number) => void,
): Promise<Copyloop> => {
  const serverEnds: Promise<string>[] = []
  const served: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket)
    serverEnds.push(endOf(socket.resume()))
    socket.write(Buffer.alloc(HALF_AN_ANSWER))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stalled = await openFullBacklog()
  const copyloop = await run(
    {
      engine,
      listeners: [
        { name: 'web', listen: '127.0.0.1:0', upstream: 'app' },
        { name: 'waiting', listen: '127.0.0.1:0', upstream: 'stalled' },
      ],
      upstreams: [
        { name: 'app', servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`] },
        { name: 'stalled', servers: [formatAddress(stalled.address)] },
      ],
    },
    environment,
  )
  let received = 0
  const connect = (listener: string): Socket =>
    open(copyloop.address(listener)).on('data', (piece) => {
      received += piece.length
    })
  const clients = [
    ...Array.from({ length: CONNECTIONS }, () => connect('web')),
    ...Array.from({ length: CONNECTIONS }, () => connect('waiting')),
  ]
  const clientEnds = clients.map(endOf)
  await until('downloads under way', () => received === CONNECTIONS * HALF_AN_ANSWER)
  const { workers } = await copyloop.untilStats(
    'all are there',
    ({ totals }) => totals.connectionsActive === 2 * CONNECTIONS,
  )
  const worker = workers[0]?.pid ?? 0
  endWorkers(copyloop, worker)
  const ends = await within('the ends', Promise.all([...clientEnds, ...serverEnds]))
  expect(ends).toEqual(Array.from({ length: 3 * CONNECTIONS }, () => 'ECONNRESET'))
  await until('the worker has left', () => !lives(worker))
  for (const socket of served) socket.destroy()
  server.close()
  await stalled.close()
  return copyloop
}

describe.each(ENGINES.map((name) => ({ name })))('engine $name', ({ name }) => {
  test('when the primary is killed its workers reset what they cut short', async () => {
    const copyloop = await expectResets(name, {}, (primary) => primary.signal('SIGKILL'))
    expect(copyloop.logged('the primary is gone')).toBe(true)
  })

  test('a worker that ends for a defect resets what it cuts short', async () => {
    const defect = inWorkers("process.once('SIGWINCH', () => { throw new Error('injected') })")
    const copyloop = await expectResets(name, defect, (_, worker) => process.kill(worker, 'SIGWINCH'))
    expect(copyloop.logged('a defect ended the worker')).toBe(true)
  })
})
