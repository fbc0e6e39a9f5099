import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseNetwork } from '../../../src/config/networks/network.ts'
import { readNetworkFile } from '../../../src/config/networks/network-file.ts'

let path: string
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), 'copyloop-')), 'allow.txt')
})
afterAll(() => {
  rmSync(join(path, '..'), { recursive: true })
})

const reading = (text: string) => {
  writeFileSync(path, text)
  return readNetworkFile(path)
}

test('a file has one network a line; comments, empty lines, a byte order mark and either end of line are fine', () => {
  const networks = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'].map(parseNetwork)
  expect(reading('10.0.0.0/8\n192.0.2.1\n2001:db8::/32')).toEqual({ networks })
  expect(
    reading('\uFEFF# the office\r\n10.0.0.0/8 # all of it\r\n\r\n\t192.0.2.1 \r\n#10.9.9.9\r\n2001:db8::/32#\r\n'),
  ).toEqual({ networks })
  expect(reading('')).toEqual({ networks: [] })
})

test('each line that is no network is a problem, with its place', () => {
  expect(reading('10.0.0.0/8\n  10.0.0/8 # short\n10.0.0.1 10.0.0.2\n192.0.2.1\nexample.com')).toEqual({
    problems: [
      { source: path, path: '', line: 2, column: 3, message: expect.stringContaining('"10.0.0/8" is not a network') },
      { source: path, path: '', line: 3, column: 1, message: expect.stringContaining('"10.0.0.1 10.0.0.2" is not') },
      {
        source: path,
        path: '',
        line: 5,
        column: 1,
        message: expect.stringContaining('"example.com" is not a network'),
      },
    ],
  })
})

test('of a file of another kind the first 20 problems are told, and how many more there are', () => {
  const problemsIn = (text: string) => {
    const read = reading(text)
    return 'problems' in read ? read.problems : []
  }
  const problems = problemsIn(`${'no network\n'.repeat(10_000)}10.0.0.0/8\n\n# the end\n`)
  expect(problems.map(({ line }) => line)).toEqual([...Array.from({ length: 20 }, (_, index) => index + 1), undefined])
  expect(problems.at(-1)).toEqual({ source: path, path: '', message: '9980 further lines are wrong too' })
  expect(problemsIn('no network\n'.repeat(20))).toHaveLength(20)
  expect(problemsIn('no network\n'.repeat(21)).at(-1)?.message).toBe('1 further line is wrong too')
})

test.each([
  ['missing', 'there is no such file; name one that exists'],
  ['.', 'this is a directory; name a file in it'],
])('of a file that cannot be read it is told why: %s', (name, wrong) => {
  expect(readNetworkFile(join(path, '..', name))).toEqual({ wrong })
})

test('a file of 100,000 networks is larger than a config may be, and is read', () => {
  const lines = Array.from(
    { length: 100_000 },
    (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
  )
  expect(reading(lines.join('\n'))).toHaveProperty('networks.length', 100_000)
})
