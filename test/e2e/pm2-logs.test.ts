import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { Pm2 } from './support/pm2.ts'
import { type LogLine, newDirectory, relayTo, writeConfig } from './support/proxy.ts'

const pm2 = new Pm2(newDirectory())
const listen = `unix:${pm2.directory}/web.sock`
const at = (file: string): string => join(pm2.directory, file)
const OUT = 'pm2/logs/copyloop-out.log'
let server = ''

const configWith = (log: object) =>
  writeConfig(
    { ...relayTo(server), listeners: [{ name: 'web', listen, upstream: 'app' }], workers: 2, log },
    pm2.directory,
  )

beforeAll(async () => {
  server = await echoServer()
  configWith({ file: 'own.log' })
  await pm2.run('start', 'ecosystem.config.cjs')
})

afterAll(async () => {
  await pm2.end()
  await closeAll()
})

const linesOf = (file: string): LogLine[] =>
  existsSync(at(file))
    ? readFileSync(at(file), 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line))
    : []

const connectionsIn = (...files: string[]): unknown[] =>
  files.flatMap(linesOf).flatMap(({ connectionId }) => connectionId ?? [])

/** Which workers have written connections there. */
const writersOf = (file: string): number => new Set(linesOf(file).flatMap(({ worker }) => worker ?? [])).size

/** Has clients come and go while something is done, and answers how many there were. */
const visitsDuring = async (what: () => Promise<unknown>): Promise<number> => {
  let [visits, isOver] = [0, false]
  const clients = Array.from({ length: 4 }, async () => {
    for (; !isOver; visits++) await visit(listen)
  })
  await what().finally(() => {
    isOver = true
  })
  await Promise.all(clients)
  return visits
}

test('log.file that was renamed is begun anew by every process upon SIGUSR2, and no line is lost', async () => {
  const visits = await visitsDuring(async () => {
    renameSync(at('own.log'), at('own.log.1'))
    await pm2.run('sendSignal', 'SIGUSR2', 'copyloop')
    await until('all have', () => writersOf('own.log') === 2)
  })
  const both = ['own.log.1', 'own.log']
  await until('every line', () => connectionsIn(...both).length >= visits)
  expect(new Set(connectionsIn(...both)).size).toBe(visits)
  expect(linesOf('own.log').map(({ msg }) => msg)).toContain('SIGUSR2: logs reopened')
}, 60_000)

test('stdout goes to a file of pm2, which pm2 reloadLogs begins anew and pm2 flush empties', async () => {
  configWith({})
  await pm2.run('sendSignal', 'SIGHUP', 'copyloop')
  const bothWrite = () => until('both write there', () => writersOf(OUT) === 2)
  await visitsDuring(bothWrite)
  renameSync(at(OUT), at(`${OUT}.1`))
  await pm2.run('reloadLogs')
  await visitsDuring(bothWrite)

  await pm2.run('flush', 'copyloop')
  expect(linesOf(OUT)).toEqual([])
  await visit(listen)
  await until('it is logged', () => connectionsIn(OUT).length === 1)
  // It goes on at the beginning, not behind a hole.
  expect(readFileSync(at(OUT), 'utf8')).toMatch(/^\{/)
}, 60_000)
