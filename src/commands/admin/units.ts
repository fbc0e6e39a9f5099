/** Numbers as screens show them. */
import type { Cell } from './table.ts'

export const count = (value: number): Cell => ({ text: value.toLocaleString('en-US') })

export const size = (bytes: number): Cell => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let [value, unit] = [bytes, 0]
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1]
  return { text: `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}` }
}

/** Bytes per second. */
export const rate = (bytes: number): Cell => (bytes === 0 ? { text: '-' } : size(bytes))

/** In the two largest units. */
export const age = (seconds: number): string => {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ]
  const first = units.findIndex(([, length]) => seconds >= length)
  if (first < 0) return '0s'
  let rest = Math.floor(seconds)
  return units
    .slice(first, first + 2)
    .map(([name, length]) => {
      const whole = Math.floor(rest / length)
      rest -= whole * length
      return `${whole}${name}`
    })
    .join(' ')
}
