import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, endOf, open, visit } from './support/echo.ts'
import { endAll, newDirectory, run } from './support/proxy.ts'
import { successorOf, takingOver, Watchers, withControl } from './support/taking-over.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

describe.each(['kernel', 'streams'])('a copyloop that takes over from a running one (%s)', (engine) => {
  test('refuses and resets nobody, three times in a row; the admin answers all the time, and no counter falls', async () => {
    const generation = withControl(await echoServer(), { engine, workers: 2 })
    let copyloop = await run(generation.config)
    const watchers = new Watchers(copyloop)
    const living = open(copyloop.address('web'))
    await echo(living, 'before')
    for (let turn = 0; turn < 3; turn++) {
      const before = watchers.asked
      const old = copyloop
      copyloop = await takingOver(successorOf(old, generation)).serving()
      await until('the admin was asked', () => watchers.asked > before + 2)
      if (turn === 0) {
        // It lives in the old one, and is counted by the new one.
        expect(old.hasExited).toBe(false)
        await echo(living, 'meanwhile')
        living.end()
      }
      expect(await old.exited).toBe(0)
      expect(old.logged('has taken over')).toBe(true)
    }
    const visits = watchers.visits
    await until('clients are served', () => watchers.visits > visits + 10)
    await watchers.end()
    expect(watchers.troubles).toEqual([])
    const { totals } = await copyloop.untilStats('all has ended', (stats) => stats.totals.connectionsActive === 0)
    expect(totals.connectionsAccepted).toBe(watchers.visits + 1)
    expect(totals.outcomes).toEqual({ completed: watchers.visits + 1 })
  }, 60_000)
})

/** Clients are refused there, or soon will be. */
const refused = async (address: string): Promise<void> => {
  for (;;) {
    const socket = open(address)
    const fate = await Promise.race([endOf(socket), once(socket, 'connect').then(() => 'connected')])
    socket.destroy()
    if (fate === 'ECONNREFUSED') return
    expect(fate).toBe('connected')
  }
}

describe('what a newer copyloop takes over', () => {
  test('are unix sockets with their files, which it removes at its own end', async () => {
    const path = join(newDirectory(), 'web.sock')
    const abstract = `unix:@copyloop-web-${process.pid}`
    const admin = join(newDirectory(), 'admin.sock')
    const listeners = [
      { name: 'web', listen: `unix:${path}`, upstream: 'app' },
      { name: 'other', listen: abstract, upstream: 'app' },
    ]
    const generation = withControl(await echoServer(), { listeners, admin: { listen: `unix:${admin}` } })
    const old = await run(generation.config)
    const watchers = new Watchers(old)
    const { ino } = statSync(path)
    const changed = [{ ...listeners[0], unix: { mode: '0600' } }, listeners[1]]
    const copyloop = await takingOver({ ...generation, config: { ...generation.config, listeners: changed } }).serving()
    expect(await old.exited).toBe(0)
    await visit(`unix:${path}`)
    await visit(abstract)
    await watchers.end()
    expect(watchers.troubles).toEqual([])
    expect(statSync(path)).toMatchObject({ ino, mode: 0o140600 })
    copyloop.signal('SIGTERM')
    expect(await copyloop.exited).toBe(0)
    expect([path, admin, generation.control.slice(5)].filter((file) => existsSync(file))).toEqual([])
  })

  test('are the addresses that it listens on; others are opened and closed, and what they counted stays', async () => {
    const server = await echoServer()
    const listeners = ['web', 'gone'].map((name) => ({ name, listen: '127.0.0.1:0', upstream: 'app' }))
    const generation = withControl(server, { listeners, drainTimeout: '30s' })
    const old = await run(generation.config)
    await visit(old.address('web'))
    await visit(old.address('gone'))
    const living = open(old.address('web'))
    await echo(living, 'hello')
    const next = [
      { name: 'renamed', listen: old.address('web'), upstream: 'app' },
      { name: 'added', listen: '127.0.0.1:0', upstream: 'app' },
    ]
    const copyloop = await takingOver({ ...generation, config: { ...generation.config, listeners: next } }).serving()
    await visit(copyloop.address('renamed'))
    await visit(copyloop.address('added'))
    const { totals, listeners: shown } = await copyloop.untilStats(
      'all is counted',
      (stats) => stats.totals.connectionsAccepted === 5,
    )
    expect(totals).toMatchObject({ connectionsActive: 1, outcomes: { completed: 4 } })
    expect(Object.keys(shown)).toEqual(['renamed', 'added'])
    // Though it still has a connection.
    await refused(old.address('gone'))
    await refused(old.adminAddress)
    living.end()
    expect(await old.exited).toBe(0)
    await copyloop.untilStats('it has ended', (stats) => stats.totals.outcomes.completed === 5)
  })

  test('and connections that do not end in time are drained, and counted by the new one', async () => {
    const generation = withControl(await echoServer(), { engine: 'streams', drainTimeout: '300ms' })
    const old = await run(generation.config)
    const living = open(old.address('web'))
    await echo(living, 'hello')
    const ended = endOf(living)
    const copyloop = await takingOver(successorOf(old, generation)).serving()
    expect(await ended).toBe('ECONNRESET')
    expect(await old.exited).toBe(0)
    await copyloop.untilStats('it is counted', ({ totals }) => totals.outcomes.drained === 1)
  })

  test('and what the old one lost when it was killed counts as internalError', async () => {
    const generation = withControl(await echoServer(), { engine: 'streams', drainTimeout: '30s' })
    const old = await run(generation.config)
    const living = open(old.address('web'))
    await echo(living, 'hello')
    const copyloop = await takingOver(successorOf(old, generation)).serving()
    await copyloop.untilStats('it is counted', ({ totals }) => totals.connectionsActive === 1)
    old.process.kill('SIGKILL')
    await copyloop.untilStats('it is lost', ({ totals }) => totals.outcomes.internalError === 1)
    await until('it is said', () => copyloop.logged('ended before it had finished'))
    await visit(copyloop.address('web'))
  })

  test('and a stop of the old one meanwhile gives it all that there is: clients wait, and nobody is refused', async () => {
    const path = join(newDirectory(), 'web.sock')
    const listeners = [{ name: 'web', listen: ['127.0.0.1:0', `unix:${path}`], upstream: 'app' }]
    const generation = withControl(await echoServer(), { listeners })
    const old = await run(generation.config)
    const next = takingOver(successorOf(old, generation))
    await until('it takes over', () => old.logged('is taking over'))
    old.signal('SIGTERM')
    let isOver = false
    let visits = 0
    const clients = old.addresses('web').map(async (address) => {
      for (; !isOver; visits++) await visit(address)
    })
    expect(await old.exited).toBe(0)
    await next.serving()
    const before = visits
    await until('clients are served', () => visits > before + 10)
    isOver = true
    await Promise.all(clients)
  })

  test('and a stop of the new one ends both: nobody is left waiting', async () => {
    const generation = withControl(await echoServer(), { engine: 'streams', drainTimeout: '30s' })
    const old = await run(generation.config)
    const living = open(old.address('web'))
    await echo(living, 'hello')
    const copyloop = await takingOver(successorOf(old, generation)).serving()
    copyloop.signal('SIGTERM')
    expect(await copyloop.exited).toBe(0)
    await until('the old one knows', () => old.logged('which has taken over, stops'))
    await refused(old.address('web'))
    await echo(living, 'still here')
    living.end()
    expect(await old.exited).toBe(0)
  })
})
