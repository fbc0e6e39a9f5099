import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeAll, echoServer, visit } from '../e2e/support/echo.ts'
import { newDirectory, writeConfig } from '../e2e/support/proxy.ts'
import { type Fifo, openFifo } from '../support/fifo.ts'
import { until, within } from '../support/until.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

let directory: string
let address: string
let child: ChildProcess | undefined
let fifo: Fifo | undefined

beforeEach(() => {
  directory = newDirectory()
  address = `unix:${directory}/web.sock`
})

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  fifo?.close()
  fifo = undefined
  await closeAll()
})

/** Starts copyloop with two workers, their log on `stdout` or in a file. */
const start = async (stdout: number | 'ignore', log: object = {}): Promise<ChildProcess> => {
  const listeners = [{ name: 'web', listen: address, upstream: 'app' }]
  const upstreams = [{ name: 'app', servers: [await echoServer()] }]
  const file = writeConfig({ workers: 2, admin: 'off', log, listeners, upstreams }, directory)
  child = spawn(process.execPath, [CLI, 'run', '-c', file], { stdio: ['ignore', stdout, 'inherit', 'ipc'] })
  await within('ready', once(child, 'message'))
  return child
}

const stop = async (copyloop: ChildProcess): Promise<unknown> => {
  copyloop.kill('SIGTERM')
  return (await within('the end', once(copyloop, 'exit'), 20_000))[0]
}

/** So many connections, twenty at a time. */
const visits = async (count: number): Promise<void> => {
  let left = count
  const visitor = async (): Promise<void> => {
    while (left-- > 0) await visit(address)
  }
  await within('every visit', Promise.all(Array.from({ length: 20 }, visitor)), 30_000)
}

/** The connections that lines tell of. Throws if a line is no JSON: lost in part, or mixed with another one. */
const connections = (lines: readonly string[]): Set<unknown> =>
  new Set(lines.flatMap((line) => (JSON.parse(line).msg === 'connection' ? [JSON.parse(line).connectionId] : [])))

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean)

test('two workers’ lines on one pipe never mix, and a normal stop loses none of them', async () => {
  fifo = openFifo(join(directory, 'fifo'))
  fifo.read()
  const copyloop = await start(fifo.descriptor)
  await visits(3_000)
  expect(await stop(copyloop)).toBe(0)
  const { lines } = fifo
  await until('every line', () => connections(lines).size === 3_000)
  const workers = new Set(lines.map((line) => JSON.parse(line).worker).filter(Boolean))
  expect(workers.size).toBe(2)
}, 60_000)

test('a normal stop loses no line of a log file', async () => {
  const copyloop = await start('ignore', { file: 'log' })
  await visits(2_000)
  expect(await stop(copyloop)).toBe(0)
  expect(connections(linesOf(join(directory, 'log'))).size).toBe(2_000)
}, 60_000)

test('a reader that is stuck does not hold up the proxy, and gets every line when it reads again', async () => {
  fifo = openFifo(join(directory, 'fifo'))
  const copyloop = await start(fifo.descriptor)
  await visits(2_000)
  expect(fifo.lines).toEqual([])
  fifo.read()
  const { lines } = fifo
  await until('every line', () => connections(lines).size === 2_000)
  expect(await stop(copyloop)).toBe(0)
}, 60_000)

test('a reader that stays stuck holds up the stop for a second or two, not until workers are killed', async () => {
  fifo = openFifo(join(directory, 'fifo'))
  const copyloop = await start(fifo.descriptor)
  await visits(1_000)
  const sinceMs = performance.now()
  expect(await stop(copyloop)).toBe(0)
  expect(performance.now() - sinceMs).toBeLessThan(5_000)
  expect(fifo.lines).toEqual([])
}, 60_000)

test('a log that is renamed and opened anew again and again loses no line', async () => {
  const log = join(directory, 'log')
  const copyloop = await start('ignore', { file: 'log' })
  const files = [log]
  for (let renames = 1; renames <= 5; renames++) {
    const busy = visits(300)
    renameSync(log, `${log}.${renames}`)
    files.push(`${log}.${renames}`)
    copyloop.kill('SIGUSR2')
    await busy
    await until('the new file', () => existsWith(log, 'logs reopened'))
  }
  expect(await stop(copyloop)).toBe(0)
  expect(connections(files.flatMap(linesOf)).size).toBe(1_500)
}, 60_000)

test('a log that cannot be written to does not disturb the proxy, nor its stop', async () => {
  const copyloop = await start(openSync('/dev/full', 'w'))
  await visits(500)
  expect(await stop(copyloop)).toBe(0)
})

test('a full log file does not disturb the proxy, nor its stop', async () => {
  const copyloop = await start('ignore', { file: '/dev/full' })
  await visits(500)
  expect(await stop(copyloop)).toBe(0)
})

const existsWith = (file: string, text: string): boolean => {
  try {
    return readFileSync(file, 'utf8').includes(text)
  } catch {
    return false
  }
}
