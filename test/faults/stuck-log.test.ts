import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open, visit } from '../e2e/support/echo.ts'
import { lives, newDirectory, writeConfig } from '../e2e/support/proxy.ts'
import { type Fifo, makeFifo, openFifo } from '../support/fifo.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'
import { until, within } from '../support/until.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const DRAIN_MS = 1_000
/** What a stop may take beyond the drain. */
const BEYOND_MS = 3_000

let directory: string
let address: string
let child: ChildProcess | undefined
let stderr: string
let fifo: Fifo | undefined
let terminal: Terminal | undefined

beforeEach(() => {
  directory = newDirectory()
  address = `unix:${directory}/web.sock`
  stderr = ''
})

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  fifo?.close()
  terminal?.close()
  fifo = undefined
  terminal = undefined
  await closeAll()
})

/** Starts copyloop with two workers, whose log soon is more than any pipe, socket or terminal holds. */
const start = async (stdout: number | 'pipe' | 'ignore', file?: string, accessFile?: string): Promise<ChildProcess> => {
  const listeners = [{ name: 'web', listen: ['127.0.0.1:0', address], upstream: 'app' }]
  const upstreams = [{ name: 'app', servers: [await echoServer()] }]
  const log = { level: 'debug', ...(file && { file }), ...(accessFile && { access: { file: accessFile } }) }
  const config = { workers: 2, admin: 'off', drainTimeout: `${DRAIN_MS}ms`, log, listeners, upstreams }
  const args = [CLI, 'run', '-c', writeConfig(config, directory)]
  child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'pipe', 'ipc'] })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  await within('ready', once(child, 'message'), 20_000)
  return child
}

const visits = async (count: number): Promise<void> => {
  let left = count
  const visitor = async (): Promise<void> => {
    while (left-- > 0) await visit(address)
  }
  await within('every visit', Promise.all(Array.from({ length: 20 }, visitor)), 30_000)
}

/** Ends copyloop while a connection lives that does not end by itself, and answers how long that took. */
const stop = async (copyloop: ChildProcess, signals: number): Promise<number> => {
  await echo(open(address), 'still here')
  const sinceMs = performance.now()
  const exit = once(copyloop, 'exit')
  for (let sent = 0; sent < signals; sent++) {
    copyloop.kill('SIGTERM')
    if (sent < signals - 1) await pause(200)
  }
  expect(await within('the end', exit, 20_000)).toEqual([0, null])
  return performance.now() - sinceMs
}

/** Each has somebody at its other end who never reads. */
const TARGETS = {
  'a terminal': async () => {
    terminal = openTerminal()
    return start(terminal.descriptor)
  },
  'a pipe': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    return start(fifo.descriptor)
  },
  // node:child_process makes pairs of sockets.
  'a socket': async () => {
    const copyloop = await start('pipe')
    copyloop.stdout?.pause()
    return copyloop
  },
  'a FIFO named by log.file': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    return start('ignore', 'fifo')
  },
  'a FIFO that nobody has opened': async () => {
    makeFifo(join(directory, 'fifo'))
    return start('ignore', 'fifo')
  },
  'a FIFO named by log.access.file': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    return start('ignore', 'log', 'fifo')
  },
  'two FIFOs, one of them for connections': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    makeFifo(join(directory, 'other'))
    return start('ignore', 'other', 'fifo')
  },
  'two pipes, one of them stdout': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    return start(fifo.descriptor, undefined, 'fifo')
  },
  'a socket and a FIFO': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    const copyloop = await start('pipe', undefined, 'fifo')
    copyloop.stdout?.pause()
    return copyloop
  },
  '/dev/stdout, which is a pipe': async () => {
    fifo = openFifo(join(directory, 'fifo'))
    return start(fifo.descriptor, '/dev/stdout')
  },
  '/dev/stdout, which is a terminal': async () => {
    terminal = openTerminal()
    return start(terminal.descriptor, '/dev/stdout')
  },
  '/dev/stdout, which is a socket': async () => {
    const copyloop = await start('pipe', '/dev/stdout')
    copyloop.stdout?.pause()
    return copyloop
  },
}

describe.each(Object.entries(TARGETS))('when the log is %s, and its reader is stuck,', (_, begin) => {
  test('a stop ends within the drain and three seconds', async () => {
    const copyloop = await begin()
    await visits(1_500)
    expect(await stop(copyloop, 1)).toBeLessThan(DRAIN_MS + BEYOND_MS)
    expect(lives(copyloop.pid ?? 0)).toBe(false)
  }, 60_000)

  test('a second signal ends it at once', async () => {
    const copyloop = await begin()
    await visits(1_500)
    expect(await stop(copyloop, 2)).toBeLessThan(BEYOND_MS)
  }, 60_000)
})

test('a FIFO that nobody reads does not hold up the start, is named, and gives its reader every whole line', async () => {
  const path = join(directory, 'fifo')
  makeFifo(path)
  const copyloop = await start('ignore', 'fifo')
  expect(stderr).toContain(`the FIFO ${path} has no reader`)
  await visits(1_000)
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  const readerEnd = once(reader, 'close')
  reader.stdout.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  await until('every line', () => text.split('"msg":"connection"').length === 1_001, 20_000)
  await visits(1_000)
  copyloop.kill('SIGTERM')
  await within('the end', once(copyloop, 'exit'), 20_000)
  await within('the end of the FIFO', readerEnd)
  const lines = text.split('\n').filter(Boolean)
  expect(lines.filter((line) => JSON.parse(line).msg === 'connection').length).toBe(2_000)
  expect(text).toContain('logs reopened')
}, 60_000)

test('lines of connections that a stuck reader has not taken when copyloop ends are counted in the log', async () => {
  fifo = openFifo(join(directory, 'fifo'))
  const copyloop = await start('ignore', 'log', 'fifo')
  await visits(1_500)
  copyloop.kill('SIGTERM')
  await within('the end', once(copyloop, 'exit'), 20_000)
  const lines = readFileSync(join(directory, 'log'), 'utf8').trimEnd().split('\n')
  const losses = lines.map((line) => JSON.parse(line).logLinesLost).filter((lost) => lost !== undefined)
  const { lines: taken } = fifo
  fifo.read()
  await until('the rest', () => taken.length + losses.at(-1) === 1_500)
  expect(taken.length).toBeGreaterThan(0)
  expect(losses.at(-1)).toBeGreaterThan(0)
}, 60_000)

test('/dev/stdout, a socket, gets whole lines of two workers, and a stop loses none', async () => {
  const copyloop = await start('pipe', '/dev/stdout')
  let text = ''
  copyloop.stdout?.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  await visits(3_000)
  const end = once(copyloop, 'close')
  copyloop.kill('SIGTERM')
  await within('the end', end, 20_000)
  const lines = text.split('\n').filter(Boolean)
  expect(lines.filter((line) => JSON.parse(line).msg === 'connection').length).toBe(3_000)
}, 60_000)

test.each(['fifo', '/dev/stdout'])(
  'log.file: %s, a pipe that was full, gets whole lines of two workers',
  async (file) => {
    fifo = openFifo(join(directory, 'fifo'))
    const copyloop = await start(fifo.descriptor, file)
    await visits(2_000)
    fifo.read()
    await visits(1_000)
    copyloop.kill('SIGTERM')
    await within('the end', once(copyloop, 'exit'), 20_000)
    const { lines } = fifo
    const connections = (): number => lines.filter((line) => JSON.parse(line).msg === 'connection').length
    await until('every line', () => connections() === 3_000)
  },
  60_000,
)
