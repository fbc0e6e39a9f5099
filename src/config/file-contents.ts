import { readFileSync } from 'node:fs'
import { contentHash } from './content-hash.ts'
import { builtinName } from './fields/builtin.ts'
import { withAccessTables } from './networks/listener-access.ts'
import { ConfigError, type Finding, type Problem } from './problems/problem.ts'
import type { Config, InspectorConfig } from './schema.ts'
import { withAdminToken } from './token/token-file.ts'
import { deepFreeze } from './validate.ts'

/**
 * The config with what is in the files that it names, whose paths must be absolute: the admin's token, access lists,
 * and the hash of each inspector's module. They are read now.
 *
 * @throws {ConfigError} with everything that is wrong in the files, or where one cannot be read
 */
export const withFileContents = (config: Config, problemOf: (finding: Finding) => Problem): Config => {
  const token = withAdminToken(config)
  const access = withAccessTables('config' in token ? token.config : config, problemOf)
  const problems = [...('wrong' in token ? [problemOf(token.wrong)] : []), ...access.problems]
  if (problems.length > 0) throw new ConfigError(problems)
  return deepFreeze(withModuleHashes(access.config))
}

/** A module that cannot be read is a problem of those who load it. */
const withModuleHashes = (config: Config): Config => ({
  ...config,
  listeners: config.listeners.map((listener) => ({ ...listener, inspect: listener.inspect.map(withModuleHash) })),
})

const withModuleHash = (inspector: InspectorConfig): InspectorConfig => {
  if (builtinName(inspector.use) !== undefined) return inspector
  try {
    return { ...inspector, moduleHash: contentHash(readFileSync(inspector.use)) }
  } catch {
    return inspector
  }
}
