/** The kinds of fields that the config is made of. Each has its own message for wrong values, and what to write instead. */
import { z } from 'zod'
import { oneOf, show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'
import { ADDRESS_PATTERN, type Address } from './address.ts'
import { type AddressUse, onlyPort } from './address-mistakes.ts'
import { builtinName, writeBuiltin } from './builtin.ts'
import { BYTES_EXAMPLES, parseBytes } from './bytes.ts'
import { DURATION_EXAMPLES, DURATION_PATTERN, formatDuration, parseDuration, writeWithUnit } from './duration.ts'
import { formatSize, parseSize, SIZE_EXAMPLES, SIZE_PATTERN } from './size.ts'

interface Complaint {
  readonly input?: unknown
  readonly path?: readonly PropertyKey[] | undefined
}

/** For zod's `error`: the message about a value that is missing, empty or of the wrong kind. */
export const write =
  (what: string) =>
  ({ input, path }: Complaint): string => {
    if (input === undefined) return `${show(path?.at(-1) ?? 'this')} is missing; write ${what}`
    if (input === null) return `there is no value; write ${what}`
    return `${show(input)} is not valid here; write ${what}`
  }

/** Turns a parser that throws `Unreadable` into a zod transform that reports it. */
export const reading =
  <T>(parse: (text: string) => T) =>
  (text: string, context: z.core.$RefinementCtx<string>): T => {
    try {
      return parse(text)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      context.issues.push({ code: 'custom', message: error.message, input: text })
      return z.NEVER
    }
  }

/** `$schema` is for editors, and never suggested. */
export const isPlainKey = (key: string): boolean => !key.startsWith('$')

/** A mapping with exactly these keys. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => {
  return z.strictObject(shape, { error: write(`a mapping of ${Object.keys(shape).filter(isPlainKey).join(', ')}`) })
}

export const listOf = <Item extends z.ZodType>(item: Item, what: string, atLeast: 0 | 1) =>
  z.array(item, { error: write(what) }).min(atLeast, { error: () => `the list is empty; write ${what}` })

export const choice = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, { error: write(oneOf(words)) })

export const flag = () => z.boolean({ error: write('true or false, without quotes') })

export const count = (atLeast: number, atMost: number) => {
  const error = write(`a whole number from ${atLeast} to ${atMost}, without quotes`)
  return z.int({ error }).min(atLeast, { error }).max(atMost, { error })
}

export const autoOrCount = (atLeast: number, atMost: number) => {
  const error = write(`auto, or a whole number from ${atLeast} to ${atMost} without quotes`)
  return z.union([z.literal('auto'), z.int({ error }).min(atLeast, { error }).max(atMost, { error })], { error })
}

/** A number, `Infinity` for off. */
export const countOrOff = (atLeast: number, atMost: number) => {
  const error = write(`off, or a whole number from ${atLeast} to ${atMost} without quotes`)
  return z
    .union([z.literal('off'), z.int({ error }).min(atLeast, { error }).max(atMost, { error })], { error })
    .transform((written) => (written === 'off' ? Number.POSITIVE_INFINITY : written))
}

const NAME = /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z0-9_.-]{1,64}$/
/** Names become keys of objects (`/stats`), and every object has these keys already. */
const RESERVED: readonly unknown[] = ['__proto__', 'constructor', 'prototype']

export const isName = (value: unknown): value is string => typeof value === 'string' && NAME.test(value)

export const name = (what: string) => {
  const writeName = write(`${what}: 1 to 64 letters, digits, dots, hyphens and underscores`)
  const error = (complaint: Complaint): string => {
    const { input } = complaint
    if (typeof input === 'number') return `${input} is a number; write "${input}" in quotes`
    return RESERVED.includes(input) ? `${show(input)} cannot be a name; write another` : writeName(complaint)
  }
  return z.string({ error }).regex(NAME, { error }).meta({ title: 'name' })
}

const notDuration = (what: string) => (complaint: Complaint) =>
  typeof complaint.input === 'number' && complaint.input > 0
    ? `${complaint.input} has no unit; ${writeWithUnit(complaint.input)}`
    : write(what)(complaint)

/** Other proxies disagree whether 0 means "at once" or "never", so here it means nothing. */
const ZERO_TIMEOUT = 'a timeout of 0 would end every connection at once; write a longer one'

interface DurationLimits {
  readonly zero: 'allowed' | 'refused'
  /** Where zero is refused: why, and what to write. */
  readonly zeroMeans?: string
  readonly atLeastMs?: number
}

/** Milliseconds. */
export const duration = ({ zero, zeroMeans, atLeastMs = 0 }: DurationLimits) =>
  z
    .string({ error: notDuration(`a duration such as ${DURATION_EXAMPLES}`) })
    .meta({ title: 'duration', pattern: `^${DURATION_PATTERN}$` })
    .transform(reading((text) => finite(nonZero(parseDuration(text), zero, zeroMeans), atLeastMs)))

/** Milliseconds, `Infinity` for off. */
export const durationOrOff = (notZero?: string) =>
  z
    .string({ error: notDuration(`a duration such as ${DURATION_EXAMPLES}, or off`) })
    .meta({ title: 'duration or `off`', pattern: `^(?:off|${DURATION_PATTERN})$` })
    .transform(reading((text) => nonZero(parseDuration(text), 'refused', notZero)))

const finite = (ms: number, atLeastMs: number): number => {
  if (ms < atLeastMs) throw new Unreadable(`this is too short; write at least ${formatDuration(atLeastMs)}`)
  if (Number.isFinite(ms)) return ms
  throw new Unreadable(`this cannot be off; write a duration such as ${DURATION_EXAMPLES}`)
}

const nonZero = (ms: number, zero: 'allowed' | 'refused', zeroMeans = ZERO_TIMEOUT): number => {
  if (ms > 0 || zero === 'allowed') return ms
  throw new Unreadable(zeroMeans)
}

/** Bytes, a whole number of at least `atLeast`. */
export const size = (atLeast: number) =>
  z
    .string({ error: notSize(`a size such as ${SIZE_EXAMPLES}`) })
    .meta({ title: 'size', pattern: `^${SIZE_PATTERN}$` })
    .transform(reading((text) => notBelow(atLeast, parseSize(text))))

/** Bytes, `Infinity` for off. */
export const sizeOrOff = () =>
  z
    .string({ error: notSize(`a size such as ${SIZE_EXAMPLES}, or off`) })
    .meta({ title: 'size or `off`', pattern: `^(?:off|${SIZE_PATTERN})$` })
    .transform(reading((text) => (text === 'off' ? Number.POSITIVE_INFINITY : notBelow(1, parseSize(text)))))

const notSize = (what: string) => (complaint: Complaint) =>
  typeof complaint.input === 'number' && complaint.input > 0
    ? `${complaint.input} has no unit; write for instance ${complaint.input}B or ${complaint.input}KiB`
    : write(what)(complaint)

const notBelow = (atLeast: number, bytes: number): number => {
  if (bytes >= atLeast) return bytes
  throw new Unreadable(`this is too small; write at least ${formatSize(atLeast)}`)
}

/** Bytes, written as text with escapes; see `parseBytes`. */
export const bytes = () =>
  z
    .string({ error: write(BYTES_EXAMPLES) })
    .meta({ title: 'text' })
    .transform(reading(parseBytes))

/** A mapping whose keys this schema does not know. */
export const anyMapping = () => z.record(z.string(), z.unknown(), { error: write('a mapping') })

/** The path of a module, or `builtin:` and one of `names`. */
export const moduleName = (names: readonly string[]) =>
  filePath().transform(
    reading((text) => {
      const name = builtinName(text)
      if (name === undefined || names.includes(name)) return text
      throw new Unreadable(`${show(text)} is not built in; write ${oneOf(names.map(writeBuiltin))}`)
    }),
  )

export const address = <Parsed extends Address>(parse: (text: string) => Parsed, what: string, use: AddressUse) =>
  z
    .string({ error: notAddress(what, use) })
    .meta({ title: 'address', pattern: ADDRESS_PATTERN })
    .transform(reading(parse))

export const notAddress = (what: string, use: AddressUse) => (complaint: Complaint) => {
  const { input } = complaint
  return Number.isInteger(input) && Number(input) > 0 ? onlyPort(Number(input), use) : write(what)(complaint)
}

export const filePath = () => {
  const error = write('the path of a file')
  // A path with a NUL cannot be opened.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is refused.
  const printable = /^[^\x00]+$/
  return z.string({ error }).regex(printable, { error }).meta({ title: 'path' })
}

/** A union, with the message if no member fits. */
export const either = <const Members extends readonly z.ZodType[]>(
  members: Members,
  what: string,
  sentence = write(what),
) => z.union(members, { error: sentence })
