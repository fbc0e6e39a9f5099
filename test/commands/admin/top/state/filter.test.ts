import { expect, test } from 'vitest'
import { describeFilter, filterText, readFilter } from '../../../../../src/commands/admin/top/state/filter.ts'
import { stats, upstreams } from '../states.ts'

const names = stats({ upstreams: upstreams({ app: { '10.0.0.1:80': 'up', 'unix:/run/app.sock': 'up' } }) })

test.each([
  ['', {}],
  ['web', { listener: 'web' }],
  ['10.0.0.1:80', { server: '10.0.0.1:80' }],
  ['unix:/run/app.sock', { server: 'unix:/run/app.sock' }],
  ['10.0.0.1', { client: '10.0.0.1' }],
  ['2001:db8::/32', { client: '2001:db8::/32' }],
  ['  10.0.0.0/8   web 10.0.0.1:80 ', { listener: 'web', server: '10.0.0.1:80', client: '10.0.0.0/8' }],
])('%j is read as %j', (text, filter) => {
  const read = readFilter(text, names)
  expect(read).toEqual(filter)
  // What is described can be written again.
  expect(readFilter(filterText(filter), names)).toEqual(filter)
})

test.each([
  ['nobody', 'there is no listener, server or network "nobody"'],
  ['web postgres', 'there are two of the kind listener; write one'],
  ['10.0.0.0/99', 'there is no listener, server or network "10.0.0.0/99"'],
  // A property of every object.
  ['toString', 'there is no listener, server or network "toString"'],
])('%j is refused', (text, problem) => {
  expect(readFilter(text, names)).toEqual({ problem })
})

test('it is described by its parts', () => {
  expect(describeFilter({ client: '10.0.0.0/8', listener: 'web' })).toBe('listener web, client 10.0.0.0/8')
  expect(describeFilter({})).toBe('')
})
