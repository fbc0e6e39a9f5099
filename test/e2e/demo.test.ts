import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
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

const demo = () => new Copyloop(['demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']).serving()

test('every command line that the demo prints works as it stands', async () => {
  const copyloop = await demo()
  await until('it says what to try', () => copyloop.stdout.includes('^C drains'))
  const commands = copyloop.stdout.split('\n').filter((line) => line.startsWith('  curl'))
  expect(commands).toHaveLength(2)
  const answers = await Promise.all(commands.map((command) => shell('sh', ['-c', command])))
  expect(answers[0]?.stdout).toBe('Hello through copyloop! You asked for GET /.\n')
  expect(JSON.parse(answers[1]?.stdout ?? '')).toMatchObject({ version: expect.any(String), draining: false })
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
