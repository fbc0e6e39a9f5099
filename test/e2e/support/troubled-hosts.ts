/** Four copyloops, each with troubles that last as long as they run: for every alert there is a reason. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { echo, echoServer, endOf, open, visit } from './echo.ts'
import { Copyloop, newDirectory, relayTo, run, writeConfig } from './proxy.ts'

const FAULTY = fileURLToPath(new URL('../../inspection/inspectors/faulty.js', import.meta.url))
const NOWHERE = '127.0.0.1:1'

/** What goes on until it is stopped. The first error of it is thrown by `stop`. */
export class Troubles {
  #isOver = false
  readonly #running: Promise<void>[] = []

  /** Repeats something, with a pause of so many milliseconds after each time. */
  repeat(everyMs: number, action: (time: number) => Promise<unknown>): void {
    const loop = async () => {
      for (let time = 0; !this.#isOver; time++) {
        await action(time)
        await pause(everyMs)
      }
    }
    const running = loop()
    // It is told by `stop`.
    running.catch(() => {})
    this.#running.push(running)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }
}

export interface TroubledHost {
  readonly copyloop: Copyloop
  /** Begins what can only be seen to begin. To be called once Prometheus has seen the host without. */
  worsen(): Promise<void>
}

const listener = (name: string, upstream: string, more: object = {}) => ({
  name,
  listen: '127.0.0.1:0',
  upstream,
  ...more,
})

/** It serves: with a server that cannot be dialled, an upstream without a server, a queue, and an inspector that fails. */
export const openBusy = async (troubles: Troubles): Promise<TroubledHost> => {
  const server = await echoServer()
  const copyloop = await run({
    workers: 2,
    listeners: [
      listener('web', 'app', { inspect: [{ use: FAULTY }] }),
      listener('lost', 'gone'),
      listener('narrow', 'full'),
    ],
    upstreams: [
      { name: 'app', servers: [server, NOWHERE], ejection: 'off' },
      { name: 'gone', servers: [NOWHERE], health: { interval: '200ms', fall: 1 } },
      { name: 'full', servers: [{ address: server, maxConnections: 1 }], queue: { length: 10, timeout: '10m' } },
    ],
  })
  const [web, lost, narrow] = ['web', 'lost', 'narrow'].map((name) => copyloop.address(name)) as [
    string,
    string,
    string,
  ]
  troubles.repeat(100, () => visit(web))
  troubles.repeat(500, () => {
    const socket = open(web)
    socket.write('throw;')
    return endOf(socket)
  })
  troubles.repeat(300, () => endOf(open(lost)))
  troubles.repeat(700, (time) =>
    copyloop.admin(`/upstreams/app/servers/${NOWHERE}`, {
      method: 'PUT',
      body: JSON.stringify({ state: time % 2 === 0 ? 'drain' : 'ready' }),
    }),
  )
  // Each has the only place for more than a second, and so the others wait as long.
  const worsen = async () => {
    for (let clients = 0; clients < 3; clients++) troubles.repeat(0, () => stay(narrow, 1_200))
  }
  return { copyloop, worsen }
}

const stay = async (address: string, ms: number): Promise<void> => {
  const socket = open(address)
  await echo(socket, 'hello')
  await pause(ms)
  socket.end()
  await once(socket, 'close')
}

/** Few file descriptors, and a worker that stands still now and then. */
export const openStarved = async (troubles: Troubles): Promise<TroubledHost> => {
  const config = writeConfig(relayTo(await echoServer()))
  const starved = new Copyloop(['run', '-c', config], {}, process.cwd(), `ulimit -n ${DESCRIPTORS}`)
  const copyloop = await starved.serving()
  const [worker] = (await copyloop.stats()).workers
  const holding: Socket[] = Array.from({ length: HELD }, () => open(copyloop.address('web')))
  await Promise.all(holding.map((socket) => echo(socket, 'hello')))
  troubles.repeat(3_000, async () => {
    process.kill(worker?.pid ?? 0, 'SIGSTOP')
    await pause(500)
    process.kill(worker?.pid ?? 0, 'SIGCONT')
  })
  return { copyloop, worsen: async () => {} }
}

/** Nobody reads its log. */
export const openUnread = async (troubles: Troubles): Promise<TroubledHost> => {
  // Each connection is a hundred lines of the log, and a long one; the names are as long as they may be.
  const directory = join(newDirectory(), 'x'.repeat(70))
  const nowhere = Array.from({ length: 101 }, (_, number) => `unix:${join(directory, String(number))}`)
  const copyloop = await run({
    log: { level: 'debug' },
    listeners: [listener('lost', 'nowhere')],
    upstreams: [{ name: 'nowhere', servers: nowhere, retries: 100, ejection: 'off' }],
  })
  const worsen = async () => {
    copyloop.process.stdout?.pause()
    troubles.repeat(0, async () => {
      // Once lines are lost nothing more is needed.
      if ((await copyloop.stats()).logLinesLost > 0) return pause(500)
      return Promise.all(Array.from({ length: 40 }, () => endOf(open(copyloop.address('lost')))))
    })
  }
  return { copyloop, worsen }
}

/** A worker has some 24 of its own, and two for each connection: more than four fifths. */
const [DESCRIPTORS, HELD] = [128, 44]

const KILLS = 5

/** Its worker is killed again and again. */
export const openDying = async (): Promise<TroubledHost> => {
  const copyloop = await run({
    listeners: [listener('web', 'app')],
    upstreams: [{ name: 'app', servers: [await echoServer()] }],
  })
  const worsen = async () => {
    for (let kills = 0; kills < KILLS; kills++) {
      const { workers } = await copyloop.untilStats('a worker serves', (stats) =>
        stats.workers.some(({ state }) => state === 'serving'),
      )
      process.kill(workers[0]?.pid ?? 0, 'SIGKILL')
      await copyloop.untilStats('it is gone', (stats) => stats.workers[0]?.pid !== workers[0]?.pid)
    }
  }
  return { copyloop, worsen }
}
