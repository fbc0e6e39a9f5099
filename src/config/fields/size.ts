import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'

const UNITS = { GiB: 2 ** 30, MiB: 2 ** 20, KiB: 2 ** 10, B: 1 } as const
type Unit = keyof typeof UNITS

/** For the JSON Schema, which can check only a number and its unit. */
export const SIZE_PATTERN = String.raw`\d+(?:\.\d+)?(?:B|KiB|MiB|GiB)`
const SHAPE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/
export const SIZE_EXAMPLES = '512B, 64KiB or 1MiB'

/**
 * Bytes, a whole number.
 *
 * @throws {Unreadable} for anything else
 */
export const parseSize = (text: string): number => {
  const match = SHAPE.exec(text)
  if (match === null) {
    if (/^\d+$/.test(text)) throw new Unreadable(`${show(text)} has no unit; write ${text}B, ${text}KiB or ${text}MiB`)
    // kB and MB are powers of ten to some and of two to others.
    throw new Unreadable(
      `${show(text)} is not a size; write a number and its unit without a space, such as ${SIZE_EXAMPLES}`,
    )
  }
  const bytes = Number(match[1]) * UNITS[match[2] as Unit]
  if (Number.isSafeInteger(bytes)) return bytes
  throw new Unreadable(`${show(text)} is not a whole number of bytes, or too many of them; write another`)
}

/** The shortest text that `parseSize` reads as `bytes`. */
export const formatSize = (bytes: number): string => {
  const unit = (Object.keys(UNITS) as Unit[]).find((name) => bytes >= UNITS[name] && bytes % UNITS[name] === 0) ?? 'B'
  return `${bytes / UNITS[unit]}${unit}`
}
