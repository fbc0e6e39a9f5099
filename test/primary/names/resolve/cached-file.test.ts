import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { CachedFile } from '../../../../src/primary/names/resolve/cached-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
const path = join(directory, 'hosts')
afterAll(() => rmSync(directory, { recursive: true }))

test('a file is parsed once until it changes, comes or goes', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const parse = vi.fn((text: string) => text.trim())
  const file = new CachedFile(path, parse)
  expect(file.content).toBe('')
  writeFileSync(path, 'one\n')
  vi.setSystemTime(Date.now() + 60_000)
  parse.mockClear()
  for (let times = 0; times < 5; times++) expect(file.content).toBe('one')
  expect(parse).toHaveBeenCalledTimes(1)

  writeFileSync(`${path}.new`, 'two\n')
  renameSync(`${path}.new`, path)
  expect(file.content).toBe('two')
  rmSync(path)
  expect(file.content).toBe('')
  vi.useRealTimers()
})

test('a file that has just changed is read anew: its times may stay the same with the next change', () => {
  const file = new CachedFile(path, (text) => text)
  const now = new Date()
  for (const text of ['one', 'two', 'six']) {
    writeFileSync(path, text)
    utimesSync(path, now, now)
    expect(file.content).toBe(text)
  }
})
