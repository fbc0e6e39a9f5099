import { isDeepStrictEqual } from 'node:util'
import type { Path } from '../problems/problem.ts'
import type { Config, ListenerConfig } from '../schema.ts'
import { asWritten, type Written, type WrittenMapping } from './as-written.ts'

/** A difference between two configs, at the place where a person would see it. */
export interface ConfigChange {
  /** In the later config; in the earlier one if it was removed. */
  readonly path: Path
  readonly change: 'added' | 'removed' | 'changed'
  /** Undefined if it was added. */
  readonly from: Written | undefined
  /** Undefined if it was removed. */
  readonly to: Written | undefined
}

/**
 * What differs, key by key. Listeners and upstreams are compared by their names, and servers by their addresses, so their
 * order means nothing; any other list is one value.
 */
export const changesBetween = (before: Config, after: Config): ConfigChange[] => [
  ...changesIn([], asWritten(before), asWritten(after)),
  ...fileChanges(before, after),
]

/** By which key the entries of these lists are told apart. */
const KEY_OF: Readonly<Record<string, string>> = { listeners: 'name', upstreams: 'name', servers: 'address' }

const changesIn = (path: Path, before: WrittenMapping, after: WrittenMapping): ConfigChange[] => {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) => changesAt([...path, key], before[key], after[key]))
}

const changesAt = (path: Path, from: Written | undefined, to: Written | undefined): ConfigChange[] => {
  if (isDeepStrictEqual(from, to)) return []
  if (from === undefined) return [{ path, change: 'added', from, to }]
  if (to === undefined) return [{ path, change: 'removed', from, to }]
  const key = KEY_OF[String(path.at(-1))]
  if (key !== undefined && Array.isArray(from) && Array.isArray(to)) return entryChanges(path, key, from, to)
  if (isMapping(from) && isMapping(to)) return changesIn(path, from, to)
  return [{ path, change: 'changed', from, to }]
}

const entryChanges = (path: Path, key: string, from: WrittenMapping[], to: WrittenMapping[]): ConfigChange[] => {
  const before = new Map(from.map((entry, index) => [entry[key], { entry, index }]))
  const after = new Map(to.map((entry, index) => [entry[key], { entry, index }]))
  const left = [...before].filter(([name]) => !after.has(name)).map(([, each]) => each)
  return [
    ...[...after].flatMap(([name, { entry, index }]) => changesAt([...path, index], before.get(name)?.entry, entry)),
    ...left.flatMap(({ entry, index }) => changesAt([...path, index], entry, undefined)),
  ]
}

const isMapping = (value: Written): value is WrittenMapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A file that both configs name may have other content. */
const fileChanges = (before: Config, after: Config): ConfigChange[] =>
  after.listeners.flatMap((listener, index) => {
    const earlier = filesOf(before.listeners.find(({ name }) => name === listener.name))
    return filesOf(listener).flatMap(({ content, ...named }): ConfigChange[] => {
      const { path, file } = named
      const same = earlier.find(({ content: _, ...other }) => isDeepStrictEqual(other, named))
      if (same === undefined || isDeepStrictEqual(same.content, content)) return []
      return [{ path: ['listeners', index, ...path], change: 'changed', from: file, to: `${file}, with other content` }]
    })
  })

interface NamedFile {
  /** In its listener. */
  readonly path: Path
  readonly file: string
  /** What else its content is made of: if that has changed, a key of the config tells it. */
  readonly beside?: unknown
  /** Only to be compared. */
  readonly content: unknown
}

const filesOf = (listener: ListenerConfig | undefined): NamedFile[] => {
  if (listener === undefined) return []
  const { allow, allowFile, deny, denyFile, access, inspect } = listener
  const beside = { allow, allowFile, deny, denyFile }
  const key = allowFile === undefined ? 'denyFile' : 'allowFile'
  const file = listener[key]
  return [
    ...(file === undefined ? [] : [{ path: [key], file, beside, content: access }]),
    ...inspect.map(({ use, moduleHash }, index) => ({
      path: ['inspect', index, 'use'],
      file: use,
      content: moduleHash,
    })),
  ]
}
