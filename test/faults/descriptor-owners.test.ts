import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echoServer, visit } from '../e2e/support/echo.ts'
import { newDirectory, writeConfig } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import { until, within } from '../support/until.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const OWN = newDirectory()

/** Why close(2) cannot be watched here; empty if it can. */
const whyNot = (): string => {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error) return 'strace is not installed'
  return status === 0 ? '' : `strace: ${stderr.trim()}`
}
const reason = whyNot()
const title = reason === '' ? '' : ` (skipped: ${reason})`

let child: ChildProcess | undefined

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await closeAll()
})

interface Traced {
  readonly address: string
  readonly log: string
  readonly trace: string
  readonly process: ChildProcess
}

/** Starts copyloop with two workers under strace, which is a child of it (-D): its id is copyloop's own. */
const startTraced = async (engine: string, directory: string): Promise<Traced> => {
  const address = `unix:${directory}/web.sock`
  const log = join(directory, 'logs', 'log')
  const trace = join(directory, 'trace')
  const listeners = [{ name: 'web', listen: ['127.0.0.1:0', address], upstream: 'app' }]
  const upstreams = [{ name: 'app', servers: [await echoServer()] }]
  const config = { workers: 2, admin: 'off', engine, log: { file: log }, listeners, upstreams }
  const run = [process.execPath, CLI, 'run', '-c', writeConfig(config, directory)]
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
  child = spawn('strace', ['-D', '-f', '-qq', '-e', 'trace=close', '-e', 'signal=none', '-o', trace, ...run], {
    stdio: [...stdio],
  })
  await within('ready', once(child, 'message'), 30_000)
  return { address, log, trace, process: child }
}

const countOf = (file: string, text: string): number => {
  try {
    return readFileSync(file, 'utf8').split(text).length - 1
  } catch {
    return 0
  }
}

describe.skipIf(reason !== '').each(ENGINES)(`with the engine $name${title}`, ({ name }) => {
  test('every descriptor is closed once, also when the log was not there to be opened anew', async () => {
    const directory = join(OWN, name)
    spawnSync('mkdir', ['-p', join(directory, 'logs')])
    const copyloop = await startTraced(name, directory)
    const [here, away] = [join(directory, 'logs'), join(directory, 'away')]
    let isOver = false
    let visits = 0
    const visitor = async (): Promise<void> => {
      for (; !isOver; visits += 1) await visit(copyloop.address)
    }
    const busy = Promise.all(Array.from({ length: 8 }, visitor))
    for (let times = 1; times <= 3; times++) {
      renameSync(here, away)
      for (let failures = 1; failures <= 3; failures++) {
        const before = countOf(join(away, 'log'), 'a log cannot be opened')
        copyloop.process.kill('SIGUSR2')
        // The primary and both workers.
        await until('they say so', () => countOf(join(away, 'log'), 'a log cannot be opened') === before + 3)
      }
      renameSync(away, here)
      renameSync(copyloop.log, `${copyloop.log}.${times}`)
      copyloop.process.kill('SIGUSR2')
      await until('it is there again', () => countOf(copyloop.log, 'logs reopened') === 1)
    }
    isOver = true
    await busy
    copyloop.process.kill('SIGTERM')
    expect((await within('the end', once(copyloop.process, 'exit'), 20_000))[0]).toBe(0)
    const closes = readFileSync(copyloop.trace, 'utf8').split('\n')
    expect(closes.length).toBeGreaterThan(1_000)
    expect(closes.filter((line) => line.includes('EBADF'))).toEqual([])
    const logs = readdirSync(here).map((file) => readFileSync(join(here, file), 'utf8'))
    const lines = logs.flatMap((text) => text.split('\n').filter(Boolean))
    expect(lines.filter((line) => JSON.parse(line).msg === 'connection').length).toBe(visits)
  }, 90_000)
})
