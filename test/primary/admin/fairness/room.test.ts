import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepRoom } from '../../../../src/primary/admin/fairness/room.ts'
import { until, within } from '../../../support/until.ts'

/** Answers `/` at once, `/large` with more than the sockets hold, `/stream` with an answer that stays open, `/late` never. */
let server: Server
const streams = new Set<ServerResponse>()
const clients: Socket[] = []
const accepted: Socket[] = []
let asked: number
/** net.ipv4.tcp_wmem and tcp_rmem are some MiB. */
const LARGE = Buffer.alloc(16 * 1024 * 1024)

beforeEach(async () => {
  server = createServer((request, response) => {
    asked += 1
    if (request.url === '/') response.end('answered')
    if (request.url === '/large') response.end(LARGE)
    if (request.url !== '/stream') return
    streams.add(response)
    response.write('begun')
    response.write(LARGE)
  })
  keepRoom(server, streams)
  accepted.length = 0
  asked = 0
  server.on('connection', (socket) => accepted.push(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  vi.useRealTimers()
  for (const client of clients.splice(0)) client.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const openOne = (text: string): Socket => {
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1', () => client.write(text)).on('error', () => {})
  clients.push(client)
  return client.resume()
}
const openMany = (count: number, text: string) => Array.from({ length: count }, () => openOne(text))
/** Silent clients that the server has accepted. */
const openedMany = async (count: number): Promise<Socket[]> => {
  const all = accepted.length + count
  const opened = openMany(count, '')
  await until('they are accepted', () => accepted.length === all)
  return opened
}
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const living = (sockets: readonly Socket[]) => sockets.filter(({ destroyed }) => !destroyed)
const firstPiece = async (socket: Socket) => String((await within('an answer', once(socket, 'data')))[0])

test('a stream stays open, whatever crowd comes, and so does an answer that is not there yet', async () => {
  const own = openMany(16, get('/stream'))
  for (const client of own) {
    expect(await firstPiece(client)).toContain('begun')
    client.pause()
  }
  const late = openMany(100, get('/late'))
  await until('they have asked', () => asked === 16 + 100)
  const idle = openMany(200, '')
  const untaken = openMany(100, get('/large'))
  for (const client of untaken) client.pause()
  // A client that does not read does not see that it was closed.
  const open = () => living(accepted).length
  const isLimited = () => accepted.length === 416 && open() <= 16 + 100 + 64 + 64
  await until(() => `${open()} of ${accepted.length} are open`, isLimited, 20_000)
  await until('the idle clients see it', () => living(idle).length <= 64)
  expect(living(own)).toHaveLength(16)
  expect(living(late)).toHaveLength(100)
  expect(await firstPiece(openOne(get('/')))).toContain('answered')
})

test('the oldest are closed, once they have had a second to ask', async () => {
  // The clock stands.
  vi.useFakeTimers({ toFake: ['performance'] })
  const first = await openedMany(64)
  const next = await openedMany(64)
  const [asking] = first
  asking?.write(get('/'))
  expect(asking && (await firstPiece(asking))).toContain('answered')
  expect(living(first)).toHaveLength(64)
  vi.useRealTimers()
  await until('all but the newest are closed', () => living([...first, ...next]).length === 64)
  expect(living(next)).toHaveLength(63)
  expect(asking?.destroyed).toBe(false)
})

test('more than 1,024 do not get that second', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const crowd: Socket[] = []
  // The system keeps 511 that wait to be accepted.
  while (crowd.length < 1_100) crowd.push(...(await openedMany(100)))
  await until('some are closed', () => living(crowd).length === 1_024)
  expect(living(crowd.slice(-1_024))).toHaveLength(1_024)
})

test('whoever asks at once is answered, also in the midst of 500 that do not', async () => {
  const before = openMany(250, '')
  const asking = openOne(get('/'))
  const after = openMany(250, '')
  expect(await firstPiece(asking)).toContain('answered')
  await until('the crowd is limited', () => living([...before, ...after]).length <= 64)
})

test('a connection between two requests owes one since its last answer', async () => {
  const [kept] = openMany(1, get('/'))
  if (kept === undefined) throw new Error('there is none')
  await firstPiece(kept)
  const idle = await openedMany(64)
  kept.write(get('/'))
  expect(await firstPiece(kept)).toContain('answered')
  await until('one is closed', () => living(idle).length === 63)
  expect(kept.destroyed).toBe(false)
})
