/** A worker that stood still does not take its own silence for that of others. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { closeAll, echo, echoServer, endOf, open } from './support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const CONNECTIONS = 10
const STOPPED_MS = 3_000

/** Stops the only worker, as a paused container or a starved host does. */
const standStill = async (copyloop: Copyloop): Promise<void> => {
  const pid = (await copyloop.stats()).workers[0]?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  await pause(STOPPED_MS)
  process.kill(pid, 'SIGCONT')
}

/** A byte each half second. Answers with how to stop. */
const chatter = (socket: Socket): (() => void) => {
  const timer = setInterval(() => socket.write('x'), 500)
  return () => clearInterval(timer)
}

test.each(ENGINES)(
  'a worker that is stopped for 3 s cuts none of 10 connections that send twice a second, idle 2 s, engine $name',
  { timeout: 30_000 },
  async ({ name }) => {
    const { listeners, upstreams } = relayTo(await echoServer())
    const [web] = listeners
    const copyloop = await run({ engine: name, listeners: [{ ...web, timeouts: { idle: '2s' } }], upstreams })
    const sockets = Array.from({ length: CONNECTIONS }, () => open(copyloop.address('web')))
    const ends: string[] = []
    for (const socket of sockets) void endOf(socket).then((end) => ends.push(end))
    await Promise.all(sockets.map((socket) => echo(socket, 'hello')))
    const stops = sockets.map(chatter)
    for (let round = 0; round < 2; round++) {
      await standStill(copyloop)
      // Each is answered again: none was cut, and none is about to be.
      await Promise.all(sockets.map((socket) => once(socket, 'data')))
    }
    for (const stop of stops) stop()
    await copyloop.untilStats('all live', ({ totals }) => totals.connectionsActive === CONNECTIONS)
    expect(ends).toEqual([])
    for (const socket of sockets) socket.end()
    const { totals } = await copyloop.untilStats('all have ended', ({ totals }) => totals.connectionsActive === 0)
    expect(totals.outcomes).toEqual({ completed: CONNECTIONS })
  },
)
