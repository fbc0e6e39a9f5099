import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { refusing, whyItCannotBeRefused } from '../support/refuse-call.ts'
import { until } from '../support/until.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const REASON = 'the engine "kernel" cannot run here: splice EPERM'
const REFUSED = { NODE_OPTIONS: `--import=${refusing('splice')}` }
const cannot = whyItCannotBeRefused('splice')

describe.skipIf(cannot)(`where a sandbox refuses splice${cannot && ` (skipped: ${cannot})`}`, () => {
  test('engine auto serves with streams, and says why once, not once a worker', async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), workers: 3, engine: 'auto' }, REFUSED)
    for (let visits = 0; visits < 30; visits++) await visit(copyloop.address('web'), 'x'.repeat(100_000))
    const stats = await copyloop.untilStats('all have ended', ({ totals }) => totals.outcomes.completed === 30)
    expect(stats.engine).toBe('streams')
    expect(stats.workers.map(({ engine }) => engine)).toEqual(['streams', 'streams', 'streams'])
    const lines = () => copyloop.log.filter(({ msg }) => msg === 'connection')
    await until('all are logged', () => lines().length === 30)
    expect(new Set(lines().map(({ engine }) => engine))).toEqual(new Set(['streams']))
    expect(copyloop.log.filter(({ msg }) => msg.includes('cannot run here'))).toMatchObject([
      { level: 40, msg: REASON },
    ])
    expect(copyloop.stderr).toBe('')
  })

  test('a worker that replaces another says it no second time', async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine: 'auto' }, REFUSED)
    const [worker] = (await copyloop.stats()).workers
    const pid = worker?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    await copyloop.untilStats('it is replaced', ({ workers }) =>
      workers.some((other) => other.pid !== pid && other.state === 'serving'),
    )
    copyloop.signal('SIGTERM')
    await copyloop.exited
    expect(copyloop.log.filter(({ msg }) => msg.includes('cannot run here'))).toHaveLength(1)
  })

  test('a worker that has to do without it later, when others have it, says why', async () => {
    const directory = newDirectory()
    const flag = join(directory, 'flag')
    const preload = join(directory, 'preload.mjs')
    writeFileSync(
      preload,
      `import fs from 'node:fs'; if (fs.existsSync('${flag}')) await import('${refusing('splice')}')`,
    )
    const config = { ...relayTo(await echoServer()), workers: 2, engine: 'auto' }
    const copyloop = await run(config, { NODE_OPTIONS: `--import=${preload}` })
    const [worker] = (await copyloop.stats()).workers
    expect(worker?.engine).toBe('kernel')
    writeFileSync(flag, '')
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    const stats = await copyloop.untilStats(
      'it is replaced',
      ({ workers }) =>
        workers.length === 2 && workers.every(({ pid, state }) => pid !== worker?.pid && state === 'serving'),
    )
    expect(stats.workers.map(({ engine }) => engine).toSorted()).toEqual(['kernel', 'streams'])
    expect(stats.engine).toBe('mixed')
    await until('it says why', () => copyloop.logged(REASON))
  })

  test('engine kernel ends the start with 1 and the reason', async () => {
    const config = { ...relayTo('127.0.0.1:1'), workers: 3, engine: 'kernel' }
    const copyloop = new Copyloop(['run', '-c', writeConfig(config)], REFUSED)
    expect(await copyloop.exited).toBe(1)
    expect(copyloop.stderr).toBe(`copyloop: no worker can serve: ${REASON}\n`)
  })

  test('engine streams says nothing of it', async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine: 'streams' }, REFUSED)
    await visit(copyloop.address('web'))
    expect(copyloop.log.filter(({ msg }) => msg.includes('kernel'))).toEqual([])
  })
})
