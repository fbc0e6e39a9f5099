import type { Finding, Problem } from '../problems/problem.ts'
import type { Config, ListenerConfig } from '../schema.ts'
import { accessTable } from './access-table.ts'
import { type Network, parseNetwork } from './network.ts'
import { readNetworkFile } from './network-file.ts'

const LISTS = [
  { list: 'allow', file: 'allowFile' },
  { list: 'deny', file: 'denyFile' },
] as const

/**
 * The config with what its access lists come to, and everything that is wrong in their files, or where one cannot be read.
 * They are read now.
 */
export const withAccessTables = (
  config: Config,
  problemOf: (finding: Finding) => Problem,
): { config: Config; problems: readonly Problem[] } => {
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
  return { config: { ...config, listeners }, problems }
}

/** Undefined if neither was given. */
const united = (
  written: ListenerConfig['allow'],
  fromFile: readonly Network[] | undefined,
): readonly Network[] | undefined =>
  written === undefined ? fromFile : [...written.map(parseNetwork), ...(fromFile ?? [])]
