import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Outlet } from '../../src/log/outlet.ts'
import { lineTarget } from '../../src/log/target.ts'
import { newDirectory } from '../e2e/support/proxy.ts'
import { until } from '../support/until.ts'

test('lines are formatted where there is no file, and only there', async () => {
  const file = join(newDirectory(), 'log')
  const terminal: string[] = []
  let openings = 0
  const withoutFile = {
    target: () => lineTarget((line) => terminal.push(line)),
    format: (line: string) => `for people: ${line}`,
  }
  const outlet = new Outlet(withoutFile, () => {
    openings += 1
  })
  outlet.open(undefined)
  outlet.add('one\n')
  outlet.follow(file)
  outlet.add('two\n')
  await until('the file is open', () => openings === 1)
  outlet.add('three\n')
  outlet.flush(1_000)
  outlet.follow(undefined)
  outlet.add('four\n')
  outlet.flush(1_000)
  expect(terminal).toEqual(['for people: one\n', 'for people: two\n', 'for people: four\n'])
  expect(readFileSync(file, 'utf8')).toBe('three\n')
})

test('a file that was asked for and taken back before it was open is not used', async () => {
  const [file, other] = [join(newDirectory(), 'log'), join(newDirectory(), 'other')]
  const elsewhere: string[] = []
  const told: (string | undefined)[] = []
  const target = () => lineTarget((line) => elsewhere.push(line))
  const outlet = new Outlet({ target, format: (line) => line }, (error) => told.push(error?.code))
  outlet.open(undefined)
  outlet.follow(file)
  outlet.follow(undefined)
  await until('that is told', () => told.length === 1)
  outlet.add('one\n')
  outlet.follow(file)
  outlet.follow(other)
  await until('the other is open', () => told.length === 2)
  outlet.add('two\n')
  outlet.flush(1_000)
  expect([elsewhere, readFileSync(file, 'utf8'), readFileSync(other, 'utf8')]).toEqual([['one\n'], '', 'two\n'])
  expect([told, outlet.isSettled]).toEqual([[undefined, undefined], true])
})
