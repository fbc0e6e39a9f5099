import { expect, test } from 'vitest'
import {
  byteRate,
  byteRateText,
  bytesText,
  countText,
  durationText,
  listText,
  perSecond,
  plural,
  rateText,
  wholeCount,
} from '../../src/dashboard/text/units.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [9_950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [3_210_000_000, '3.2 GB'],
  [5e18, '5000 PB'],
])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))

test('a rate of bytes has no part of a byte', () => {
  expect(byteRateText(0.4)).toBe('0 B/s')
  expect(byteRateText(1.6)).toBe('2 B/s')
  expect(byteRate(450_000)).toEqual({ value: '450', unit: 'kB/s' })
})

test.each([
  [0, '0/s'],
  [0.01, '0.1/s'],
  [0.44, '0.4/s'],
  [1, '1/s'],
  [9.96, '10/s'],
  [1_234, '1.2 k/s'],
])('%d a second is %s, and what happens at all is not 0', (rate, text) => expect(rateText(rate)).toBe(text))

test('large numbers of a chart are short, and those of a table have all digits', () => {
  expect(perSecond(5.46)).toEqual({ value: '5.5', unit: '/s' })
  expect(wholeCount(12_345)).toEqual({ value: '12', unit: 'k' })
  expect(countText(1_234_567)).toBe('1,234,567')
})

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1s'],
  [1_000, '1s'],
  [61_000, '1m 1s'],
  [600_000, '10m 0s'],
  [3_600_000, '1h 0m'],
  [90_061_000, '1d 1h'],
])('%d ms are %s', (ms, text) => expect(durationText(ms)).toBe(text))

test('counts agree with their nouns, and lists read as a sentence', () => {
  expect([plural(1, 'server'), plural(2, 'server'), plural(0, 'client waits', 'clients wait')]).toEqual([
    '1 server',
    '2 servers',
    '0 clients wait',
  ])
  expect([listText([]), listText(['a']), listText(['a', 'b']), listText(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ])
})
