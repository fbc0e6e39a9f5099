import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LogConfig } from '../../src/config/schema.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { until } from '../support/until.ts'
import { at, open, told, useOwnDirectory } from './opened-log.ts'

useOwnDirectory()

const config = (file: string, changes: Partial<LogConfig> = {}): LogConfig => ({
  level: 'info',
  access: false,
  file: at(file),
  ...changes,
})
const textOf = (file: string): string => readFileSync(at(file), 'utf8')
const messagesIn = (file: string): string[] =>
  textOf(file)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).msg)

describe('a log that follows another config', () => {
  test('has its level at once', () => {
    const log = open(config('log'))
    log.logger.debug('too quiet')
    log.follow(config('log', { level: 'debug' }))
    log.logger.debug('loud enough')
    log.follow(config('log', { level: 'error' }))
    log.logger.warn('too quiet again')
    log.flush()
    expect(messagesIn('log')).toEqual(['loud enough'])
    expect(told).toEqual([])
  })

  test('writes to its file once that is open, and to the one before until then', async () => {
    const log = open(config('one'))
    log.logger.info('before')
    log.follow(config('two'))
    log.logger.info('while it is opened')
    await until('it is open', () => told.length === 1)
    log.logger.info('after')
    await until('both are written', () => messagesIn('one').length + messagesIn('two').length === 3)
    expect([messagesIn('one'), messagesIn('two')]).toEqual([['before', 'while it is opened'], ['after']])
  })

  test('keeps the file before while the other cannot be opened, tells so once, and tries again', async () => {
    const log = open(config('log'))
    log.follow(config('absent/log'))
    await until('it failed', () => told.length === 1)
    log.logger.info('meanwhile')
    log.flush()
    expect(messagesIn('log')).toEqual(['meanwhile'])
    mkdirSync(at('absent'))
    await until('it is open', () => told.length === 2)
    log.logger.info('then')
    log.flush()
    expect([told, messagesIn('absent/log')]).toEqual([['ENOENT', 'open'], ['then']])
  })

  test('does not open a file any more that was taken back, whether it could be opened or not', async () => {
    const log = open(config('log'))
    log.follow(config('absent/log'))
    await until('it failed', () => told.length === 1)
    log.follow(config('log'))
    await until('the file before is open', () => told.length === 2)
    mkdirSync(at('absent'))
    for (const file of ['two', 'three', 'two', 'absent/log', 'log']) log.follow(config(file))
    await until('the last is open', () => told.length === 3)
    log.logger.info('here')
    log.flush()
    expect([told, messagesIn('log')]).toEqual([['ENOENT', 'open', 'open'], ['here']])
  })

  test('leaves one descriptor, and loses no line, however often the file changes', async () => {
    const log = open(config('log-0'))
    const before = countDescriptors()
    const last = 50
    for (let file = 1; file <= last; file++) {
      log.follow(config(`log-${file % 3}`))
      log.logger.info(String(file))
      if (file % 5 === 0) await until('it is open', () => told.length === file / 5)
    }
    log.flush()
    await until('every line', () => [0, 1, 2].flatMap((file) => messagesIn(`log-${file}`)).length === last)
    expect([countDescriptors(), log.linesLost]).toEqual([before, 0])
  })

  test('opens its own file anew after a rename, not the one before', async () => {
    const log = open(config('one'))
    log.follow(config('two'))
    await until('it is open', () => told.length === 1)
    renameSync(at('one'), at('one.1'))
    renameSync(at('two'), at('two.1'))
    log.reopen()
    await until('it is open again', () => told.length === 2)
    log.logger.info('after the rename')
    log.flush()
    expect(messagesIn('two')).toEqual(['after the rename'])
    expect(() => textOf('one')).toThrow('ENOENT')
  })
})
