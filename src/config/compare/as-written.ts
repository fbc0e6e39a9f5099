/** A parsed config in the words of a person: what `/config` answers, and what plans compare. */
import { type Address, formatAddress } from '../fields/address.ts'
import { writeBytes } from '../fields/bytes.ts'
import { formatDuration } from '../fields/duration.ts'
import { formatRate, type RateLimit } from '../fields/limits.ts'
import { formatSize } from '../fields/size.ts'
import type { Config } from '../schema.ts'

/** A value of JSON, as it would stand in a config file. */
export type Written = string | number | boolean | null | readonly Written[] | WrittenMapping
export interface WrittenMapping {
  readonly [key: string]: Written
}

/** Read from files: no keys of the config, and one is secret. */
const FROM_FILES = new Set(['token', 'moduleHash'])

const isFromFile = (key: string, value: unknown): boolean =>
  FROM_FILES.has(key) || (key === 'access' && isAccessTable(value))

const isAccessTable = (value: unknown): boolean => typeof value === 'object' && value !== null && 'ipv4' in value

/** Complete, defaults included: it is read as the same config. Without secrets; paths are absolute. */
export const asWritten = (config: Config): WrittenMapping => mapping(config)

const mapping = (value: object): WrittenMapping =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => part !== undefined && !isFromFile(key, part))
      .map(([key, part]) => pair(key, part)),
  )

/** The units that a parsed key may carry. */
const MS = 'Ms'
const BYTES = 'Bytes'

/** It is called so in a config file as well. */
const IS_WRITTEN = new Set(['firstBytes'])

/** The key of a config file for a key of the parsed config: `idle` for `idleMs`. */
export const writtenKey = (key: string): string => {
  const unit = IS_WRITTEN.has(key) ? undefined : [MS, BYTES].find((each) => key.endsWith(each))
  return unit === undefined ? key : key.slice(0, -unit.length)
}

const pair = (key: string, value: unknown): [string, Written] => {
  if (key === 'options') return [key, value as Written]
  if (key.endsWith(MS)) return [writtenKey(key), formatDuration(value as number)]
  if (key.endsWith(BYTES)) return [writtenKey(key), sizeOrOff(value as number)]
  if (key === 'mode') return [key, (value as number).toString(8).padStart(4, '0')]
  if (key === 'anonymize') return [key, `/${value}`]
  if (key === 'send' || key === 'expect') return [key, writeBytes(value as string)]
  return [key, plain(value)]
}

const sizeOrOff = (bytes: number): string => (bytes === Number.POSITIVE_INFINITY ? 'off' : formatSize(bytes))

const plain = (value: unknown): Written => {
  if (value === Number.POSITIVE_INFINITY) return 'off'
  if (typeof value !== 'object' || value === null) return value as Written
  if (Array.isArray(value)) return value.map(plain)
  if ('kind' in value) return formatAddress(value as Address)
  if ('perMs' in value) return formatRate(value as RateLimit)
  return mapping(value)
}
