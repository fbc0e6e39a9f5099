import { loadConfigWithLines } from '../config/load.ts'
import type { Flags } from '../config/overrides.ts'
import { ConfigError } from '../config/problems/problem.ts'
import type { Config } from '../config/schema.ts'

/**
 * Reads a config file and loads its inspectors, which check their own options. Where it has none, nothing is loaded.
 *
 * @throws {ConfigError} with everything that is wrong
 */
export const loadWithInspectors = async (path: string, flags: Flags = {}): Promise<Config> => {
  const { config, problemOf } = loadConfigWithLines(path, flags)
  if (config.listeners.every(({ inspect }) => inspect.length === 0)) return config
  const { findInspectorProblems } = await import('../inspection/try-loading.ts')
  const found = await findInspectorProblems(config.listeners)
  if (found.length === 0) return config
  const problems = found.map(({ listener, index, optionPath, message }) => {
    const place = config.listeners.findIndex(({ name }) => name === listener)
    const within = optionPath === undefined ? ['use'] : ['options', ...optionPath]
    return problemOf({ path: ['listeners', place, 'inspect', index, ...within], at: 'value', message })
  })
  throw new ConfigError(problems)
}
