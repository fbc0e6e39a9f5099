/** Numbers as people read them, on the dashboard and in the terminal. A unit is 1,000 of the one below it. */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const COUNT_UNITS = ['', 'k', 'M', 'G']
const AGE_UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]

/** What stands for a value that is not known. */
export const UNKNOWN = '–'

/** A number and its unit, which are shown in different sizes. */
export interface Quantity {
  readonly value: string
  readonly unit: string
}

const scaled = (value: number, units: readonly string[]): Quantity => {
  let [rest, at] = [value, 0]
  while (rest >= 999.5 && at < units.length - 1) [rest, at] = [rest / 1000, at + 1]
  return {
    value: rest < 9.95 && (at > 0 || rest % 1 !== 0) ? rest.toFixed(1) : `${Math.round(rest)}`,
    unit: units[at] ?? '',
  }
}

const joined = ({ value, unit }: Quantity): string => (unit === '' ? value : `${value} ${unit}`)

/** `3.2 MB/s`; nothing below a byte a second. */
export const byteRate = (bytesPerSecond: number): Quantity => {
  const { value, unit } = scaled(Math.round(bytesPerSecond), BYTE_UNITS)
  return { value, unit: `${unit}/s` }
}

export const bytesText = (bytes: number): string => joined(scaled(bytes, BYTE_UNITS))

export const byteRateText = (bytesPerSecond: number): string => joined(byteRate(bytesPerSecond))

/** All digits: `12,345`. */
export const countText = (count: number): string => count.toLocaleString('en-US')

/** `12`, `1.2 k`. */
export const wholeCount = (count: number): Quantity => scaled(Math.round(count), COUNT_UNITS)

/** `0.4 /s`, `12 /s`, `1.2 k/s`. */
export const perSecond = (rate: number): Quantity => {
  const { value, unit } = scaled(rounded(rate), COUNT_UNITS)
  return { value, unit: `${unit}/s` }
}

/** `0.4/s`, `12/s`, `1.2 k/s`. */
export const rateText = (rate: number): string => `${joined(scaled(rounded(rate), COUNT_UNITS))}/s`

/** Less than one in ten seconds still shows, as 0.1. */
const rounded = (rate: number): number => (rate > 0 && rate < 0.1 ? 0.1 : Math.round(rate * 10) / 10)

/** In the two largest units, in whole seconds: `2m 5s`, `0s`. */
export const ageText = (seconds: number): string => {
  const first = AGE_UNITS.findIndex(([, length]) => seconds >= length)
  if (first < 0) return '0s'
  let rest = Math.floor(seconds)
  return AGE_UNITS.slice(first, first + 2)
    .map(([name, length]) => {
      const whole = Math.floor(rest / length)
      rest -= whole * length
      return `${whole}${name}`
    })
    .join(' ')
}

/** The same, but for less than a second: `340 ms`. */
export const durationText = (ms: number): string =>
  Math.round(ms) < 1_000 ? `${Math.round(ms)} ms` : ageText(Math.round(ms) / 1_000)

/** `1 server`, `2 servers`. */
export const plural = (count: number, one: string, more = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : more}`

/** `a`, `a and b`, `a, b and c`. */
export const listText = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
