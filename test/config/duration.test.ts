import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DURATION_PATTERN,
  formatDuration,
  LONGEST_DURATION_MS,
  parseDuration,
} from '../../src/config/fields/duration.ts'
import { Unreadable } from '../../src/config/problems/unreadable.ts'

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['0s', 0],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['0.001s', 1],
    ['0.25h', 900_000],
    ['007s', 7000],
    ['576h', LONGEST_DURATION_MS],
    ['off', Number.POSITIVE_INFINITY],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    '',
    '5',
    's',
    '-1s',
    '+1s',
    '1e99h',
    '5 s',
    ' 5s',
    '5s\n',
    '5S',
    '5sec',
    '1h30m',
    '1.s',
    '.5s',
    '1,5s',
    '0.5ms',
    '0.0001s',
    '577h',
    `${'9'.repeat(400)}h`,
    '٥s',
    'Off',
    'never',
  ])('%j is refused with a sentence that says what to write', (text) => {
    expect(() => parseDuration(text)).toThrow(Unreadable)
    expect(() => parseDuration(text)).toThrow(/write .*\d(?:ms|s|m|h)/)
  })

  it('is read as it was formatted, whatever its length', () => {
    const durations = fc.oneof(fc.integer({ min: 0, max: LONGEST_DURATION_MS }), fc.constant(Number.POSITIVE_INFINITY))
    fc.assert(fc.property(durations, (ms) => parseDuration(formatDuration(ms)) === ms))
  })

  it('is formatted in the largest unit that gives a whole number', () => {
    expect([1, 1500, 60_000, 90_000, 7_200_000, 0].map(formatDuration)).toEqual([
      '1ms',
      '1500ms',
      '1m',
      '90s',
      '2h',
      '0s',
    ])
  })

  it('matches the pattern of the JSON Schema if it is read, and throws nothing but Unreadable if it is not', () => {
    const pattern = new RegExp(`^(?:off|${DURATION_PATTERN})$`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,9}(\.\d{1,9})?(ms|s|m|h|d)?$/)), (text) => {
        try {
          parseDuration(text)
        } catch (error) {
          return error instanceof Unreadable
        }
        return pattern.test(text)
      }),
    )
  })
})
