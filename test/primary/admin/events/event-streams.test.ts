import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EventParser, type ServerEvent } from '../../../../src/dashboard/admin/event-parser.ts'
import { EventStreams, MOST_VIEWERS } from '../../../../src/primary/admin/events/event-streams.ts'
import type { Stats } from '../../../../src/primary/admin/stats-answer.ts'
import { RecentWarnings } from '../../../../src/primary/log/recent-warnings.ts'
import { never, until } from '../../../support/until.ts'

let server: Server
let streams: EventStreams
let warnings: RecentWarnings
let computed = 0
let watched: boolean[] = []
let errors: string[] = []
let answer: () => Promise<Stats>
const sockets = new Set<Socket>()

beforeEach(async () => {
  computed = 0
  watched = []
  errors = []
  answer = async () => ({ stateVersion: computed }) as Stats
  warnings = new RecentWarnings()
  streams = new EventStreams({
    stats: () => {
      computed += 1
      return answer()
    },
    warnings,
    logger: pino({}, { write: (line: string) => errors.push(JSON.parse(line).msg) }),
    onWatched: (isWatched) => watched.push(isWatched),
  })
  server = createServer((_, response) => {
    if (!streams.open(response)) response.writeHead(503).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await until('all have left', () => streams.viewers === 0)
  await new Promise((resolve) => server.close(resolve))
})

/** A viewer and what it has got. */
const view = () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.add(socket)
  const seen = { socket, text: '', ended: false }
  socket
    .on('data', (piece) => {
      seen.text += piece
    })
    .on('error', () => {})
    .on('close', () => {
      seen.ended = true
    })
    .write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  return seen
}

/** The events of an answer, whose body is in chunks (RFC 9112, 7.1). */
const eventsIn = (text: string): ServerEvent[] => {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return new EventParser().add(body.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, ''))
}
const ofKind = (text: string, kind: string) =>
  eventsIn(text).flatMap(({ event, data }) => (event === kind ? [JSON.parse(data)] : []))

test('a viewer gets the state at once and then every second, as long as it looks', async () => {
  const one = view()
  await until('it has three states', () => ofKind(one.text, 'stats').length >= 3)
  expect(one.text).toMatch(
    /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream; charset=utf-8\r\ncache-control: no-store\r\n/i,
  )
  expect(ofKind(one.text, 'stats').slice(0, 3)).toEqual([{ stateVersion: 1 }, { stateVersion: 2 }, { stateVersion: 3 }])
})

test('all viewers together cost one computation a second, and nothing is computed while nobody looks', async () => {
  const viewers = Array.from({ length: MOST_VIEWERS }, view)
  const statesOf = () => viewers.map(({ text }) => ofKind(text, 'stats').length)
  await until('all look', () => Math.min(...statesOf()) > 0)
  const [computedBefore, statesBefore] = [computed, statesOf()]
  const gained = () => statesOf().map((states, index) => states - (statesBefore[index] ?? 0))
  await until('all have two more states', () => Math.min(...gained()) >= 2)
  expect(computed - computedBefore).toBeLessThanOrEqual(Math.max(...gained()) + 1)
  for (const { socket } of viewers) socket.destroy()
  await until('all have left', () => watched.at(-1) === false)
  expect(watched).toEqual([true, false])
  const before = computed
  await never('something is computed', () => computed > before, 1_300)
  view()
  await until('somebody looks again', () => computed > before)
  expect(watched).toEqual([true, false, true])
})

test('one viewer more than may be is refused, and has a place once another has left', async () => {
  const viewers = Array.from({ length: MOST_VIEWERS }, view)
  await until('all look', () => viewers.every(({ text }) => text !== ''))
  const refused = view()
  await until('it is refused', () => refused.text !== '')
  expect(refused.text).toMatch(/^HTTP\/1\.1 503 /)
  viewers[0]?.socket.destroy()
  await expect
    .poll(async () => {
      const late = view()
      await once(late.socket, 'data')
      return late.text.startsWith('HTTP/1.1 200 ')
    })
    .toBe(true)
})

test('a viewer gets the warnings that are kept, and those that come', async () => {
  warnings.add('{"msg":"before"}')
  const one = view()
  await until('it has the first', () => ofKind(one.text, 'log').length === 1)
  warnings.add('{"msg":"after"}')
  warnings.add('{"msg":"after that"}')
  await until('it has the others', () => ofKind(one.text, 'log').length === 2)
  expect(ofKind(one.text, 'log')).toEqual([[{ msg: 'before' }], [{ msg: 'after' }, { msg: 'after that' }]])
})

test('a state that cannot be computed is logged, and the stream goes on', async () => {
  answer = async () => {
    throw new Error('a defect')
  }
  const one = view()
  await until('two have failed', () => errors.length >= 2)
  expect(one.text).toContain(':\n\n')
  answer = async () => ({ stateVersion: 7 }) as Stats
  await until('it can be computed again', () => ofKind(one.text, 'stats').length > 0)
  expect(one.ended).toBe(false)
})

test('a viewer that reads nothing misses states, has nothing heaped up for it, and is dropped', async () => {
  const large = { version: 'x'.repeat(3_000_000) } as Stats
  answer = async () => large
  const slow = view()
  slow.socket.pause()
  const quick = view()
  await until('both look', () => streams.viewers === 2)
  await until('it is dropped', () => streams.viewers === 1, 25_000)
  expect(ofKind(quick.text, 'stats').length).toBeGreaterThan(5)
  slow.socket.resume()
  await until('it ends', () => slow.ended)
  // One state, and what the kernel had room for.
  expect(slow.text.length).toBeLessThan(3 * 3_000_000)
})

test('the streams end when the admin is closed', async () => {
  const viewers = [view(), view()]
  await until('all look', () => viewers.every(({ text }) => ofKind(text, 'stats').length > 0))
  streams.close()
  await until('they end', () => viewers.every(({ text }) => text.endsWith('\r\n0\r\n\r\n')))
})

test('a state that is computed while the streams end is sent to nobody', async () => {
  let compute: (stats: Stats) => void = () => {}
  answer = () => new Promise((resolve) => (compute = resolve))
  const one = view()
  await until('it looks', () => one.text !== '')
  streams.close()
  compute({ stateVersion: 1 } as Stats)
  await until('it ends', () => one.text.endsWith('\r\n0\r\n\r\n'))
  expect(ofKind(one.text, 'stats')).toEqual([])
})
