import { ConfigError, type Finding, type Problem } from '../problems/problem.ts'
import type { Config, ListenerConfig } from '../schema.ts'
import { deepFreeze } from '../validate.ts'
import { accessTable } from './access-table.ts'
import { type Network, parseNetwork } from './network.ts'
import { readNetworkFile } from './network-file.ts'

const LISTS = [
  { list: 'allow', file: 'allowFile' },
  { list: 'deny', file: 'denyFile' },
] as const

/**
 * The config with what its access lists come to. Their files are read now.
 *
 * @throws {ConfigError} with everything that is wrong in the files, or where a file cannot be read
 */
export const withAccessTables = (config: Config, problemOf: (finding: Finding) => Problem): Config => {
  const problems: Problem[] = []
  const listeners = config.listeners.map((listener, index) => {
    const [allow, deny] = LISTS.map(({ list, file }) => {
      const path = listener[file]
      const read = path === undefined ? { networks: undefined } : readNetworkFile(path)
      if ('networks' in read) return united(listener[list], read.networks)
      if ('problems' in read) problems.push(...read.problems)
      else
        problems.push(problemOf({ path: ['listeners', index, file], at: 'value', message: `${path}: ${read.wrong}` }))
      return undefined
    })
    const access = accessTable({ allow, deny })
    return access === undefined ? listener : { ...listener, access }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return deepFreeze({ ...config, listeners })
}

/** Undefined if neither was given. */
const united = (
  written: ListenerConfig['allow'],
  fromFile: readonly Network[] | undefined,
): readonly Network[] | undefined =>
  written === undefined ? fromFile : [...written.map(parseNetwork), ...(fromFile ?? [])]
