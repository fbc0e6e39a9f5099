import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { EventParser } from '../../src/dashboard/admin/event-parser.ts'
import type { Stats } from '../../src/primary/admin/stats-answer.ts'
import { until } from '../support/until.ts'
import { closeAll, open } from './support/echo.ts'
import { type Copyloop, endAll, type LogLine, relayTo, run } from './support/proxy.ts'
import { closeServers, relayWith, serverThat } from './support/servers.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeServers()
})

/** A stream of the admin, and what it has brought. */
const look = async (copyloop: Copyloop) => {
  const address = copyloop.log.find(({ admin }) => admin)?.admin
  const answer = await fetch(`http://${address}/events`)
  const seen = {
    status: answer.status,
    type: answer.headers.get('content-type'),
    ended: false,
    stats: [] as Stats[],
    log: [] as LogLine[],
  }
  const read = async () => {
    const [parser, decoder] = [new EventParser(), new TextDecoder()]
    for await (const piece of answer.body ?? []) {
      for (const { event, data } of parser.add(decoder.decode(piece, { stream: true }))) {
        if (event === 'stats') seen.stats.push(JSON.parse(data))
        if (event === 'log') seen.log.push(...JSON.parse(data))
      }
    }
  }
  void read().then(
    () => {
      seen.ended = true
    },
    () => {},
  )
  return seen
}

test('/events brings what /stats shows, once a second, and what the log warns of', async () => {
  const server = await serverThat('serve')
  const copyloop = await run(relayWith({ health: { interval: '50ms', fall: 1 } }, server))
  const seen = await look(copyloop)
  expect([seen.status, seen.type]).toEqual([200, 'text/event-stream; charset=utf-8'])
  await until('there are two states', () => seen.stats.length >= 2)
  const [one, other] = seen.stats
  expect(Object.keys(one ?? {})).toEqual(Object.keys(await copyloop.stats()))
  expect((other?.uptimeSeconds ?? 0) - (one?.uptimeSeconds ?? 0)).toBeGreaterThan(0.9)
  await server.become('refuse')
  const isDown = ({ msg }: LogLine) => msg.includes(`server ${server.address} of upstream app is down`)
  await until('the warning comes', () => seen.log.some(isDown))
  // A later viewer gets it too.
  const later = await look(copyloop)
  await until('it comes again', () => later.log.some(isDown))
  expect(copyloop.stderr).toBe('')
})

test('what a worker warns of comes too', async () => {
  const server = await serverThat('serve')
  const config = relayWith({}, server)
  const faulty = fileURLToPath(new URL('../inspection/inspectors/faulty.js', import.meta.url))
  const listeners = config.listeners.map((listener) => ({ ...listener, inspect: [{ use: faulty }] }))
  const copyloop = await run({ ...config, listeners })
  const seen = await look(copyloop)
  open(copyloop.address('web')).write('throw;')
  await until('the warning comes', () =>
    seen.log.some(({ msg, worker }) => msg.startsWith('an inspector failed') && worker === 1),
  )
})

test('a HEAD opens no stream, and nothing may be sent there', async () => {
  const copyloop = await run(relayTo('127.0.0.1:1'))
  expect((await copyloop.admin('/events', { method: 'HEAD' })).status).toBe(200)
  expect((await copyloop.admin('/events', { method: 'POST' })).status).toBe(405)
})

test('sixteen may look, and the others are asked to wait', async () => {
  const copyloop = await run(relayTo('127.0.0.1:1'))
  for (let viewer = 0; viewer < 16; viewer++) expect((await look(copyloop)).status).toBe(200)
  const refused = await copyloop.admin('/events')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toEqual({ error: expect.stringContaining('16 viewers') })
  expect((await copyloop.admin('/stats')).status).toBe(200)
})

test('a stream shows the drain, and ends when copyloop does', async () => {
  const server = await serverThat('serve')
  const copyloop = await run({ ...relayWith({}, server), drainTimeout: '2s' })
  const seen = await look(copyloop)
  await until('it looks', () => seen.stats.length > 0)
  const client = open(copyloop.address('web'))
  client.write('hello')
  await until('it is served', () => seen.stats.at(-1)?.totals.connectionsActive === 1)
  copyloop.signal('SIGTERM')
  await until('it shows the drain', () => seen.stats.at(-1)?.draining === true)
  await until('it ends', () => seen.ended)
  expect([await copyloop.exited, copyloop.stderr]).toEqual([0, ''])
})
