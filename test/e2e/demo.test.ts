import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echoServer } from './support/echo.ts'
import { Copyloop, endAll, lives } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const shell = promisify(execFile)

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const demo = (...more: string[]) =>
  new Copyloop(['demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', ...more]).serving()

test('every command line that the demo prints works as it stands', async () => {
  const copyloop = await demo()
  await until('it says what to try', () => copyloop.stdout.includes('^C drains'))
  const commands = copyloop.stdout.split('\n').filter((line) => line.startsWith('  curl'))
  expect(commands).toHaveLength(2)
  const answers = await Promise.all(commands.map((command) => shell('sh', ['-c', command])))
  expect(answers[0]?.stdout).toBe('Hello through copyloop! You asked for GET /.\n')
  expect(JSON.parse(answers[1]?.stdout ?? '')).toMatchObject({ version: expect.any(String), draining: false })
})

test('it opens with the address of the dashboard, which is there', async () => {
  const copyloop = await demo()
  await until('it says what to try', () => copyloop.stdout.includes('^C drains'))
  const said = copyloop.stdout.slice(copyloop.stdout.indexOf('copyloop demo'))
  const [, url = ''] = /^copyloop demo: the dashboard is on (http:\S+)\n/.exec(said) ?? []
  expect(await (await fetch(url)).text()).toContain('<title>copyloop</title>')
})

/** Looks at the events, as the dashboard does, until `leave` is called. */
const look = async (copyloop: Copyloop) => {
  const leaving = new AbortController()
  const address = copyloop.log.find(({ admin }) => admin)?.admin
  const { body } = await fetch(`http://${address}/events`, { signal: leaving.signal })
  await body?.getReader().read()
  return { leave: () => leaving.abort() }
}

test('while somebody looks, clients of its own make gentle traffic', async () => {
  const copyloop = await demo()
  expect((await copyloop.stats()).totals.connectionsAccepted).toBe(0)
  const viewer = await look(copyloop)
  const { totals } = await copyloop.untilStats(
    'some were served',
    (stats) => (stats.totals.outcomes.completed ?? 0) > 3,
  )
  expect(totals.connectionsAccepted).toBeLessThan(40)
  viewer.leave()
  const quiet = await copyloop.untilStats('the clients have left', (stats) => stats.totals.connectionsActive === 0)
  await look(copyloop)
  await copyloop.untilStats(
    'they come again',
    (stats) => stats.totals.connectionsAccepted > quiet.totals.connectionsAccepted,
  )
})

test('with --quiet there is none', async () => {
  const copyloop = await demo('--quiet')
  await look(copyloop)
  await pause(2_000)
  expect((await copyloop.stats()).totals.connectionsAccepted).toBe(0)
})

test('^C ends all of it: the whole group hears it, nothing is left', async () => {
  const copyloop = await demo()
  const children = childrenOf(copyloop.pid)
  expect(children.length).toBeGreaterThanOrEqual(2)
  for (const pid of [copyloop.pid, ...children]) process.kill(pid, 'SIGINT')
  expect(await copyloop.exited).toBe(0)
  await until('nothing is left', () => !children.some(lives))
  expect(copyloop.stderr).toBe('')
})

test('a connection that a browser keeps open holds the end up for 2 s at most', async () => {
  const copyloop = await demo()
  await fetch(`http://${copyloop.address('default')}/`)
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
})

test.each(['--listen', '--admin'])('a taken port of %s is named with what to do', async (flag) => {
  const taken = await echoServer()
  const free = flag === '--listen' ? '--admin' : '--listen'
  const copyloop = new Copyloop(['demo', flag, taken, free, '127.0.0.1:0'])
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toMatch(/cannot listen on 127\.0\.0\.1:\d+: it is in use by another process; stop that one/)
})

test('it ends when its terminal hangs up, as by SIGTERM', async () => {
  const copyloop = await demo()
  const children = childrenOf(copyloop.pid)
  for (const pid of [copyloop.pid, ...children]) process.kill(pid, 'SIGHUP')
  expect(await copyloop.exited).toBe(0)
  expect(copyloop.logged('SIGHUP: draining for at most 2 s')).toBe(true)
  await until('nothing is left', () => !children.some(lives))
})
