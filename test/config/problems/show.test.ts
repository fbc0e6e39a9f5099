import { expect, test } from 'vitest'
import { someOf } from '../../../src/config/problems/show.ts'
import { good, problemsOf } from '../problems-of.ts'

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd'], 'a, b, c and 1 more'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('of %j at most three are named, and the others counted', (words, shown) => {
  expect(someOf(words, 3)).toBe(shown)
})

test('of many upstreams a few are named for one that there is not', () => {
  const others = Array.from({ length: 300 }, (_, index) => `  - { name: u${index}, servers: [] }\n`).join('')
  const [problem] = problemsOf(good.replace('upstream: app', 'upstream: elsewhere') + others)
  expect(problem).toMatch(/; write one of: app, u0, u1, u2, u3, u4, u5, u6, u7, u8 and 291 more$/)
})
