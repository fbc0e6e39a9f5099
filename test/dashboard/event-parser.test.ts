import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventParser } from '../../src/dashboard/admin/event-parser.ts'
import { eventText } from '../../src/primary/admin/events/event-text.ts'

const parse = (...pieces: string[]) => {
  const parser = new EventParser()
  return pieces.flatMap((piece) => parser.add(piece))
}

test('an event has a name and data, and ends with an empty line', () => {
  expect(parse('event: stats\ndata: {"a":1}\n\n')).toEqual([{ event: 'stats', data: '{"a":1}' }])
  expect(parse('event: stats\ndata: {"a":1}\n')).toEqual([])
})

test('comments, unknown fields and events without data are left out', () => {
  expect(parse(':\n\n', ': alive\n\n', 'id: 7\nretry: 9\n\n', 'event: stats\n\n', 'data: x\n\n')).toEqual([
    { event: 'message', data: 'x' },
  ])
})

// The examples of the standard: HTML Living Standard, 9.2.6.
test.each([
  ['data: YHOO\ndata: +2\ndata: 10\n\n', [{ event: 'message', data: 'YHOO\n+2\n10' }]],
  [
    'data\n\ndata\ndata\n\ndata:',
    [
      { event: 'message', data: '' },
      { event: 'message', data: '\n' },
    ],
  ],
  [
    'data:test\n\ndata: test\n\n',
    [
      { event: 'message', data: 'test' },
      { event: 'message', data: 'test' },
    ],
  ],
])('the example of the standard %j', (text, events) => expect(parse(text)).toEqual(events))

test('lines may end with CR, LF or both', () => {
  for (const end of ['\r', '\n', '\r\n'])
    expect(parse(['event: log', 'data: 1', 'data: 2', '', 'data: 3', '', ''].join(end), '\n')).toEqual([
      { event: 'log', data: '1\n2' },
      { event: 'message', data: '3' },
    ])
})

test('what the admin writes is read, wherever it is cut into pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.array(fc.nat({ max: 30 })), (values, sizes) => {
      const text = values.map((value) => eventText('stats', JSON.stringify(value))).join(':\n\n')
      const pieces: string[] = []
      let rest = text
      for (const size of sizes) {
        pieces.push(rest.slice(0, size))
        rest = rest.slice(size)
      }
      const read = parse(...pieces, rest).map(({ data }) => data)
      expect(read).toEqual(values.map((value) => JSON.stringify(value)))
    }),
  )
})
