import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { Copyloop, endAll, type LogLine, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const linesOf = (file: string): LogLine[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : []
const connectionsIn = (lines: readonly LogLine[]): LogLine[] => lines.filter(({ msg }) => msg === 'connection')

const visits = async (copyloop: Copyloop, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 10)
    await Promise.all(Array.from({ length: Math.min(10, left) }, () => visit(copyloop.address('web'))))
}

/** A connection that its client resets. */
const breakOff = async (copyloop: Copyloop): Promise<void> => {
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  socket.resetAndDestroy()
}

const reopen = async (copyloop: Copyloop): Promise<[number, unknown]> => {
  const answer = await copyloop.admin('/log/reopen', { method: 'POST' })
  return [answer.status, await answer.json()]
}

describe.each(['kernel', 'streams'])('the access log, engine %s', (engine) => {
  test('has its own file, a sample of what completes, every other end, and only networks', async () => {
    const access = join(newDirectory(), 'access.log')
    const copyloop = await run({
      ...relayTo(await echoServer()),
      engine,
      log: { access: { file: access, sample: 0.1, anonymize: '/8' } },
    })
    await visits(copyloop, 200)
    for (let broken = 0; broken < 20; broken++) await breakOff(copyloop)
    const outcomes = (name: string) => connectionsIn(linesOf(access)).filter(({ outcome }) => outcome === name)
    await until('every reset', () => outcomes('clientReset').length === 20)
    expect(outcomes('completed').length).toBeGreaterThan(10)
    expect(outcomes('completed').length).toBeLessThan(30)
    for (const { client } of linesOf(access)) expect(client).toMatch(/^127\.0\.0\.0:\d+$/)
    expect(connectionsIn(copyloop.log)).toEqual([])
    expect(await copyloop.stats()).toMatchObject({ totals: { outcomes: { completed: 200, clientReset: 20 } } })
  })
})

/** A copyloop with two workers whose log a test changes, and where its files are. */
const runInFiles = async () => {
  const directory = newDirectory()
  const copyloop = await runEditable({ ...relayTo(await echoServer()), workers: 2 })
  const at = (file: string): string => join(directory, file)
  const setLog = async (log: object): Promise<void> => {
    await copyloop.edit('setLog', { log })
    await copyloop.untilServed()
  }
  return { copyloop, at, setLog }
}

describe('a log that changes while the program runs', () => {
  test('goes from stdout to a file, to others and back, and loses no line of any process', async () => {
    const { copyloop, at, setLog } = await runInFiles()
    const ids = () =>
      [copyloop.log, ...['one', 'two', 'access'].map((file) => linesOf(at(file)))]
        .flatMap(connectionsIn)
        .map(({ connectionId }) => connectionId)
    const logs = [
      { file: at('one') },
      { file: at('two'), access: { sample: 1, file: at('access') } },
      { file: at('one'), access: { sample: 1, file: at('two') } },
      { file: at('two'), access: { sample: 1, file: at('two') } },
      {},
      { access: { sample: 1, file: at('access') } },
      {},
    ]
    for (const log of logs) {
      const busy = visits(copyloop, 200)
      await setLog(log)
      await busy
    }
    await until('every line', () => ids().length === 200 * logs.length)
    expect(new Set(ids()).size).toBe(200 * logs.length)
    expect(connectionsIn(linesOf(at('one'))).length).toBeGreaterThan(0)
    expect(await copyloop.stats()).toMatchObject({ logLinesLost: 0 })
  }, 60_000)

  test('is that of a worker that comes later, from its start', async () => {
    const { copyloop, at, setLog } = await runInFiles()
    const access = { sample: 0, file: at('access'), anonymize: 24 }
    await setLog({ level: 'debug', file: at('log'), access })
    const { workers } = await copyloop.stats()
    const before = workers.map(({ pid }) => pid)
    for (const pid of before) process.kill(pid, 'SIGKILL')
    const stdout = copyloop.stdout
    await copyloop.untilStats(
      'others serve',
      (stats) => stats.workers.filter(({ pid, state }) => !before.includes(pid) && state === 'serving').length === 2,
    )
    await visits(copyloop, 10)
    await breakOff(copyloop)
    await until('the line', () => linesOf(at('access')).length === 1)
    expect(linesOf(at('access'))[0]).toMatchObject({
      outcome: 'clientReset',
      client: expect.stringMatching(/^127\.0\.0\.0:/),
    })
    const served = linesOf(at('log')).filter(({ msg }) => msg === 'worker serves')
    expect(served).toHaveLength(2)
    expect(copyloop.stdout).toBe(stdout)
  })

  test('stays where it was while a file cannot be opened, which is logged; it is opened once it can be', async () => {
    const { copyloop, at, setLog } = await runInFiles()
    await setLog({ access: { sample: 1, file: at('absent/access') } })
    const failures = () => copyloop.log.filter(({ msg }) => msg.startsWith('a log cannot be opened'))
    await until('all three have failed', () => failures().length === 3)
    expect(failures()[0]?.error).toContain(at('absent/access'))
    await visit(copyloop.address('web'))
    await until('the line', () => connectionsIn(copyloop.log).length === 1)
    mkdirSync(at('absent'))
    await until('all have opened it', () => copyloop.logged('logs reopened'))
    await visit(copyloop.address('web'))
    await until('the next line', () => linesOf(at('absent/access')).length === 1)
    expect(connectionsIn(copyloop.log)).toHaveLength(1)
  })

  test('has the level that the admin has set, whatever else is changed before and after', async () => {
    const { copyloop, at, setLog } = await runInFiles()
    await setLog({ file: at('log') })
    const body = JSON.stringify({ level: 'debug' })
    expect((await copyloop.admin('/log/level', { method: 'PUT', body })).status).toBe(200)
    const [worker] = (await copyloop.stats()).workers
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    await until('the next one', () => linesOf(at('log')).some(({ msg }) => msg === 'worker serves'))
    expect(linesOf(at('log')).find(({ msg }) => msg === 'worker serves')?.level).toBe(20)
  })
})

describe('POST /log/reopen', () => {
  test('has every process reopen both files before it answers, as SIGUSR2 does', async () => {
    const { copyloop, at, setLog } = await runInFiles()
    await setLog({ file: at('log'), access: { sample: 1, file: at('access') } })
    for (const asked of ['POST /log/reopen', 'SIGUSR2', 'POST /log/reopen']) {
      await visits(copyloop, 20)
      await until('every line', () => linesOf(at('access')).length === 20)
      for (const file of ['log', 'access']) renameSync(at(file), at(`${file}.old`))
      if (asked === 'SIGUSR2') copyloop.signal('SIGUSR2')
      else expect(await reopen(copyloop)).toEqual([200, { reopened: true }])
      await until('it is logged', () => linesOf(at('log')).some(({ msg }) => msg === `${asked}: logs reopened`))
      for (const pid of [copyloop.pid, ...(await copyloop.stats()).workers.map((worker) => worker.pid)])
        expect(filesOf(pid)).toEqual([at('access'), at('log')])
    }
  })

  test('answers 503 while a file cannot be opened, and the lines go to the old one', async () => {
    const { copyloop, at, setLog } = await runInFiles()
    mkdirSync(at('here'))
    await setLog({ access: { sample: 1, file: at('here/access') } })
    await visit(copyloop.address('web'))
    renameSync(at('here'), at('away'))
    const [status, answer] = await reopen(copyloop)
    expect([status, answer]).toMatchObject([503, { reopened: false }])
    await visit(copyloop.address('web'))
    await until('both lines', () => linesOf(at('away/access')).length === 2)
    mkdirSync(at('here'))
    await until('it is open', () => copyloop.logged('POST /log/reopen: logs reopened'))
    expect(await reopen(copyloop)).toEqual([200, { reopened: true }])
  })
})

test('an access file that cannot be there is a wrong config, and one that cannot be opened is named at the start', async () => {
  const config = (file: string) => ({ ...relayTo('127.0.0.1:1'), log: { access: { file } } })
  const checked = new Copyloop(['check', '-c', writeConfig(config('/nowhere/access.log'))])
  expect(await checked.exited).toBe(78)
  expect(checked.stdout + checked.stderr).toContain('log.access.file: there is no directory /nowhere')
  const started = new Copyloop(['run', '-c', writeConfig(config('/proc/access.log'))])
  expect(await started.exited).toBe(1)
  expect(started.stderr).toContain('change log.access.file or its permissions')
})

test('what is logged before a start that fails reaches a socket as stdout as well', async () => {
  const { listeners, upstreams } = relayTo('127.0.0.1:1')
  const queue = { length: 5, timeout: '1s' }
  const config = { listeners, upstreams: upstreams.map((each) => ({ ...each, queue })), admin: await echoServer() }
  const copyloop = new Copyloop(['run', '-c', writeConfig(config)])
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.logged('no client ever waits')).toBe(true)
})

/** The files of its log that a process has open. */
const filesOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`)
    .map((descriptor) => readlinkOf(`/proc/${pid}/fd/${descriptor}`))
    .filter((file) => /\/(log|access)(\.old)?$/.test(file))
    .toSorted()

const readlinkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
