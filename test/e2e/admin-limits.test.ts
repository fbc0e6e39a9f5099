/** What clients of the admin can take from it and from each other. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { openFilesOf } from '../../src/system/open-files.ts'
import { until } from '../support/until.ts'
import { ask, closeRaw, rawSocket } from './support/admin.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { type Copyloop, endAll, newDirectory, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  closeRaw()
  await endAll()
  await closeAll()
})

/** Connections to the admin of which each sends the text, and how many of them have been closed. */
const crowd = (copyloop: Copyloop, count: number, text: string) => {
  const gone = { count: 0 }
  for (let opened = 0; opened < count; opened++)
    rawSocket(copyloop, text)
      .resume()
      .on('close', () => gone.count++)
  return gone
}

const answers = async (copyloop: Copyloop): Promise<void> => {
  for (let count = 0; count < 5; count++) expect((await ask(copyloop, '/healthz')).status).toBe(200)
}

test.each([
  { what: 'only opened', text: '' },
  { what: 'without the end of their headers', text: 'GET /stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: ' },
  { what: 'without their bodies', text: 'PUT /log/level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{' },
  { what: 'kept alive after an answer', text: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n' },
])('200 connections that are $what do not keep the admin from answering', async ({ text }) => {
  const copyloop = await run(relayTo())
  const gone = crowd(copyloop, 200, text)
  await answers(copyloop)
  await until('all but 64 are closed', () => gone.count >= 200 - 64)
  await answers(copyloop)
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
})

test('200 clients that do not take their answers do not keep it from answering either', async () => {
  const many = Array.from({ length: 2_000 }, (_, index) => `127.0.${index >> 8}.${index & 255}:9000`)
  // TCP would hold more of an answer: up to net.ipv4.tcp_wmem.
  const copyloop = await run({ ...relayTo(...many), admin: `unix:${newDirectory()}/admin.sock` })
  expect((await ask(copyloop, '/stats')).body.length).toBeGreaterThan(500_000)
  const openFiles = () => openFilesOf(copyloop.pid) ?? 0
  const before = openFiles()
  const readers = Array.from({ length: 200 }, () =>
    rawSocket(copyloop, 'GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  )
  await until('they have connected', () => readers.every(({ connecting }) => !connecting))
  // Whoever connects later is accepted later.
  await answers(copyloop)
  // A client that does not read does not see that it was closed.
  await until('all but 64 are closed', () => openFiles() <= before + 64 + 1, 30_000)
  await answers(copyloop)
  expect(openFiles()).toBeGreaterThan(before + 32)
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
  expect(copyloop.stderr).toBe('')
}, 60_000)

/** What takes long where there are many servers, asked for on so many connections so many times at once; nobody reads. */
test.each([
  { connections: 1, times: 1_000 },
  { connections: 300, times: 3 },
  { connections: 1_000, times: 1 },
])(
  '$connections connections with $times large requests each do not keep it from answering',
  async ({ connections, times }) => {
    const many = Array.from({ length: 1_000 }, (_, index) => `127.0.${index >> 8}.${index & 255}:9000`)
    const copyloop = await run(relayTo(...many))
    const text = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(times)
    for (let opened = 0; opened < connections; opened++) rawSocket(copyloop, text)
    const slowest = { ms: 0 }
    const untilMs = performance.now() + 5_000
    while (performance.now() < untilMs) {
      const sinceMs = performance.now()
      expect((await ask(copyloop, '/healthz')).status).toBe(200)
      expect((await ask(copyloop, '/readyz')).status).toBe(200)
      slowest.ms = Math.max(slowest.ms, performance.now() - sinceMs)
      await pause(20)
    }
    // A client that finds the queue of the socket full tries again after a second, and then after two more.
    expect(slowest.ms).toBeLessThan(4_000)
    expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
  },
  60_000,
)

test('a request whose client leaves in the middle of its body is no error of the admin', async () => {
  const copyloop = await run(relayTo())
  const head = 'PUT /log/level HTTP/1.1\r\nHost: localhost\r\n'
  for (const more of ['Content-Length: 99\r\n\r\n{', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"lev']) {
    for (const end of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const socket = rawSocket(copyloop).resume()
      await new Promise((resolve) => socket.write(head + more, resolve))
      // The admin has it once it answers another.
      await copyloop.admin('/healthz')
      socket[end]()
      await new Promise((resolve) => socket.once('close', resolve))
    }
  }
  await answers(copyloop)
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
  expect(copyloop.stderr).toBe('')
})

test('1000 connections to the admin leave the proxy alone, and the admin answers meanwhile', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  const gone = crowd(copyloop, 1_000, '')
  await answers(copyloop)
  await visit(copyloop.address('web'))
  await until('all but 64 are closed', () => gone.count >= 1_000 - 64)
  await answers(copyloop)
  closeRaw()
  await until('all are closed', () => gone.count === 1_000)
  await answers(copyloop)
})

test('1000 connections of which each comes back when it is closed do not keep it from answering', async () => {
  const copyloop = await run(relayTo())
  let opened = 0
  let isOver = false
  const open = (): void => {
    opened += 1
    rawSocket(copyloop)
      .resume()
      .on('close', () => {
        if (!isOver) open()
      })
  }
  for (let count = 0; count < 1_000; count++) open()
  await until('they come back', () => opened > 3_000, 20_000)
  await answers(copyloop)
  isOver = true
}, 60_000)

test('a body over 64 KiB is refused, and its sender can read why', async () => {
  const copyloop = await run(relayTo())
  for (const [bytes, status] of [
    [60_000, 400],
    [1_000_000, 413],
  ] as const) {
    expect((await ask(copyloop, '/log/level', {}, 'PUT', 'x'.repeat(bytes))).status).toBe(status)
  }
  await answers(copyloop)
  expect(copyloop.stderr).toBe('')
})

test('headers over 16 KiB are refused', async () => {
  const copyloop = await run(relayTo())
  const withHeader = (bytes: number) => ask(copyloop, '/healthz', { 'x-large': 'x'.repeat(bytes) })
  expect((await withHeader(15_000)).status).toBe(200)
  expect((await withHeader(17_000)).status).toBe(431)
  expect((await ask(copyloop, `/${'x'.repeat(17_000)}`)).status).toBe(431)
})
