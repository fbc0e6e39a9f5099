import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'

const UNITS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const
type Unit = keyof typeof UNITS

/** Node's timers hold 2^31 - 1 ms, 24.8 days; longer ones would fire at once. */
export const LONGEST_DURATION_MS = 24 * 24 * UNITS.h

/** For the JSON Schema, which can check only a number and its unit. */
export const DURATION_PATTERN = String.raw`\d+(?:\.\d+)?(?:ms|s|m|h)`
const SHAPE = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/
export const DURATION_EXAMPLES = '250ms, 5s, 10m or 1h'

/**
 * Milliseconds, a whole number from 0 to `LONGEST_DURATION_MS`, or `Infinity` for `off`.
 *
 * @throws {Unreadable} for anything else
 */
export const parseDuration = (text: string): number => {
  if (text === 'off') return Number.POSITIVE_INFINITY
  const match = SHAPE.exec(text)
  if (match === null) {
    if (/^\d+$/.test(text)) throw new Unreadable(`${show(text)} has no unit; ${writeWithUnit(text)}`)
    throw new Unreadable(
      `${show(text)} is not a duration; write a number and its unit without a space, such as ${DURATION_EXAMPLES}`,
    )
  }
  const exactMs = Number(match[1]) * UNITS[match[2] as Unit]
  if (exactMs > LONGEST_DURATION_MS) {
    throw new Unreadable(`${show(text)} is too long; write at most ${formatDuration(LONGEST_DURATION_MS)} (24 days)`)
  }
  const ms = Math.round(exactMs)
  // 1.1 * 1000 is 1100.0000000000002 in binary floating point, and yet 1.1s are whole milliseconds.
  if (Math.abs(exactMs - ms) > 1e-6) {
    throw new Unreadable(`${show(text)} is not a whole number of milliseconds; write for instance ${ms || 1}ms`)
  }
  return ms
}

/** For `5`, which has no unit: what may have been meant. */
export const writeWithUnit = (digits: string | number): string =>
  String(digits).length > 6
    ? `write a number and its unit, such as ${DURATION_EXAMPLES}`
    : `write ${digits}ms, ${digits}s, ${digits}m or ${digits}h`

/** The shortest text that `parseDuration` reads as `ms`. */
export const formatDuration = (ms: number): string => {
  if (ms === Number.POSITIVE_INFINITY) return 'off'
  if (ms === 0) return '0s'
  const unit = (Object.keys(UNITS) as Unit[]).find((name) => ms % UNITS[name] === 0) ?? 'ms'
  return `${ms / UNITS[unit]}${unit}`
}
