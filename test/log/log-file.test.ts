import { once } from 'node:events'
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Log, openLog } from '../../src/log/log.ts'
import { FifoUnread } from '../../src/log/log-file.ts'
import { Descriptor } from '../../src/system/descriptor.ts'
import { newDirectory } from '../e2e/support/proxy.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { makeFifo } from '../support/fifo.ts'
import { until } from '../support/until.ts'

let directory: string
let here: string
let away: string
let path: string
/** What the log told of its openings: an error's code, or `open`. */
let told: string[]

beforeEach(() => {
  const parent = newDirectory()
  here = join(parent, 'here')
  away = join(parent, 'away')
  mkdirSync(here)
  directory = parent
  path = join(here, 'log')
  told = []
})

const open = (file = path): Log =>
  openLog({ level: 'info', access: { sample: 1 }, file }, {}, { onOpened: (error) => told.push(error?.code ?? 'open') })

const textOf = (...parts: string[]): string => readFileSync(join(...parts), 'utf8')

describe('a log file that is opened anew', () => {
  test('gets every line after the rename, and the file before it every earlier one', async () => {
    const log = open()
    log.writeAccessLine('one\n')
    log.flush()
    renameSync(path, `${path}.1`)
    log.writeAccessLine('two\n')
    log.flush()
    log.reopen()
    await until('it is open', () => told.length === 1)
    log.writeAccessLine('three\n')
    log.flush()
    expect(told).toEqual(['open'])
    expect(textOf(`${path}.1`)).toBe('one\ntwo\n')
    expect(textOf(path)).toBe('three\n')
  })

  test('stays the one that it was while it cannot be opened, and is tried again until it can', async () => {
    const log = open()
    renameSync(here, away)
    log.reopen()
    await until('it failed', () => told.length === 1)
    log.writeAccessLine('meanwhile\n')
    log.flush()
    expect(textOf(away, 'log')).toBe('meanwhile\n')
    mkdirSync(here)
    await until('it is open', () => told.length === 2)
    log.writeAccessLine('then\n')
    log.flush()
    expect(told).toEqual(['ENOENT', 'open'])
    expect(textOf(path)).toBe('then\n')
  })

  test('leaves one descriptor, however often it could not be opened, and closes nobody else’s', async () => {
    const log = open()
    const before = countDescriptors()
    for (let round = 1; round <= 3; round++) {
      renameSync(here, away)
      for (let failures = 1; failures <= 5; failures++) {
        told.length = 0
        log.reopen()
        await until('it failed', () => told.includes('ENOENT'))
      }
      renameSync(away, here)
      told.length = 0
      log.reopen()
      const others = Array.from({ length: 50 }, () => openSync('/dev/null', 'r'))
      await until('it is open', () => told.includes('open'))
      log.writeAccessLine('a line\n')
      await until('it is written', () => textOf(path).length === round * 'a line\n'.length)
      for (const other of others) expect(fstatSync(other).isCharacterDevice()).toBe(true)
      for (const other of others) closeSync(other)
    }
    expect(countDescriptors()).toBe(before)
  })

  test('is opened once more when it was renamed while it was being opened', async () => {
    const log = open()
    for (let renames = 1; renames <= 5; renames++) {
      renameSync(path, `${path}.${renames}`)
      log.reopen()
      log.reopen()
      await until('it is open', () => told.length === renames)
      log.writeAccessLine(`${renames}\n`)
      log.flush()
      expect(textOf(path)).toBe(`${renames}\n`)
    }
    expect(told).toEqual(Array(5).fill('open'))
  })

  test('may be absent at first: lines wait until it can be opened', async () => {
    renameSync(here, away)
    const log = open()
    expect(log.troubles.map(({ error }) => error.code)).toEqual(['ENOENT'])
    log.writeAccessLine('early\n')
    log.flush()
    renameSync(away, here)
    await until('it is there', () => told.includes('open'))
    log.flush()
    await until('the line is there', () => textOf(path) === 'early\n')
  })
})

describe('a FIFO as log file', () => {
  let reader: Socket | undefined
  afterEach(() => reader?.destroy())

  test('is not waited for while nobody reads it, and its reader gets the lines that waited, each whole', async () => {
    const fifo = join(directory, 'fifo')
    makeFifo(fifo)
    const log = open(fifo)
    expect(log.troubles[0]?.error).toBeInstanceOf(FifoUnread)
    const lines = Array.from({ length: 2_000 }, (_, number) => `${number} ${'x'.repeat(number % 300)}\n`)
    for (const line of lines) log.writeAccessLine(line)
    const descriptor = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
    let text = ''
    reader = new Socket({ fd: descriptor, readable: true, writable: false }).setEncoding('utf8')
    reader.on('data', (piece) => {
      text += piece
    })
    await until('every line', () => text.length === lines.join('').length)
    expect(text).toBe(lines.join(''))
    reader.destroy()
    await once(reader, 'close')
  })
})

test('a descriptor is closed once, and its number cannot be had after that', () => {
  const number = openSync('/dev/null', 'r')
  const owner = new Descriptor(number)
  expect(owner.number).toBe(number)
  owner.close()
  expect(() => owner.number).toThrow('closed')
  const next = openSync('/dev/null', 'r')
  expect(next).toBe(number)
  owner.close()
  expect(fstatSync(next).isCharacterDevice()).toBe(true)
  closeSync(next)
})
