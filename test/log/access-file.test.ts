import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LogConfig } from '../../src/config/schema.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { until } from '../support/until.ts'
import { at, open, told, useOwnDirectory } from './opened-log.ts'

useOwnDirectory()

/** @param access where lines of connections go; undefined where they have no file of their own */
const config = (access: string | undefined, changes: Partial<LogConfig> = {}): LogConfig => ({
  level: 'info',
  access: { sample: 1, ...(access !== undefined && { file: at(access) }) },
  file: at('log'),
  ...changes,
})
const textOf = (file: string): string => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : '')

describe('the file of the access log', () => {
  test('has the lines of connections, and no other line', () => {
    const log = open(config('access'))
    log.writeAccessLine('connection\n')
    log.logger.info('other')
    log.flush()
    expect(textOf('access')).toBe('connection\n')
    expect(JSON.parse(textOf('log')).msg).toBe('other')
  })

  test('may be that of the log', () => {
    const before = countDescriptors()
    const log = open(config('log'))
    log.writeAccessLine('connection\n')
    log.flush()
    expect([textOf('log'), countDescriptors()]).toEqual(['connection\n', before + 1])
  })

  test('is opened anew with the file of the log, which is told once', async () => {
    const log = open(config('access'))
    for (const file of ['log', 'access']) renameSync(at(file), at(`${file}.1`))
    log.reopen()
    await until('it is told', () => told.length > 0)
    log.writeAccessLine('connection\n')
    log.flush()
    expect([told, textOf('access'), textOf('access.1')]).toEqual([['open'], 'connection\n', ''])
    expect(existsSync(at('log'))).toBe(true)
  })

  test('that cannot be opened anew is told, and that all are open only once it is', async () => {
    mkdirSync(at('here'))
    const log = open(config('here/access'))
    renameSync(at('here'), at('away'))
    log.reopen()
    await until('it failed', () => told.length === 1)
    log.writeAccessLine('meanwhile\n')
    log.flush()
    mkdirSync(at('here'))
    await until('it is open', () => told.length === 2)
    expect([told, textOf('away/access')]).toEqual([['ENOENT', 'open'], 'meanwhile\n'])
  })

  test('that cannot be opened at first is named, and its lines wait for it', async () => {
    const log = open(config('absent/access'))
    expect(log.troubles).toMatchObject([{ key: 'log.access.file', error: { code: 'ENOENT' } }])
    log.writeAccessLine('early\n')
    log.flush()
    expect(textOf('log')).toBe('')
    mkdirSync(at('absent'))
    await until('the line', () => textOf('absent/access') === 'early\n')
  })

  test('comes and goes while the log is written, and the log has the lines meanwhile', async () => {
    const log = open(config(undefined))
    log.follow(config('absent/access'))
    await until('it failed', () => told.length === 1)
    log.writeAccessLine('one\n')
    mkdirSync(at('absent'))
    await until('it is open', () => told.length === 2)
    log.writeAccessLine('two\n')
    await until('two lines', () => textOf('log') === 'one\n' && textOf('absent/access') === 'two\n')
    log.follow(config(undefined))
    log.writeAccessLine('three\n')
    await until('the third', () => textOf('log') === 'one\nthree\n')
    expect([textOf('absent/access'), told]).toEqual(['two\n', ['ENOENT', 'open', 'open']])
  })

  test('is closed once it is not used any more, also where the access log is off', async () => {
    const log = open(config(undefined))
    const before = countDescriptors()
    for (const other of [config(undefined), config(undefined, { access: false }), config('log')]) {
      told.length = 0
      log.follow(config('access'))
      await until('it is open', () => told.length === 1)
      expect(countDescriptors()).toBe(before + 1)
      log.follow(other)
      expect(countDescriptors()).toBe(before)
    }
  })

  test('leaves its lines to the log where it was full', async () => {
    const log = open(config(undefined, { access: { sample: 1, file: '/dev/full' } }))
    const lines = Array.from({ length: 1_000 }, (_, number) => `${number}\n`)
    for (const line of lines) log.writeAccessLine(line)
    log.flush()
    expect(textOf('log')).toBe('')
    log.follow(config(undefined))
    await until('every line', () => textOf('log').length >= lines.join('').length)
    expect([textOf('log'), log.linesLost]).toEqual([lines.join(''), 0])
  })

  test('loses no line of either, however often both change', async () => {
    const log = open(config('access-0'))
    const before = countDescriptors()
    const rounds = 60
    for (let round = 1; round <= rounds; round++) {
      const file = at(`log-${round % 2}`)
      log.follow(config(round % 4 === 0 ? undefined : `access-${round % 3}`, { file }))
      log.logger.info('other')
      log.writeAccessLine(`"${round}"\n`)
      if (round % 7 > 0) continue
      await until('they are open', () => told.length > 0)
      told.length = 0
    }
    log.follow(config('access-0'))
    const all = (): string[] => ['log', 'log-0', 'log-1', 'access-0', 'access-1', 'access-2'].flatMap(linesOf)
    await until('every line', () => all().length === 2 * rounds)
    expect(new Set(all().filter((line) => line.startsWith('"'))).size).toBe(rounds)
    await until('two files are left', () => countDescriptors() === before)
    expect(log.linesLost).toBe(0)
  })
})

const linesOf = (file: string): string[] => textOf(file).split('\n').filter(Boolean)
