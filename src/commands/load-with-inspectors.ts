import { readConfigFile } from '../config/load.ts'
import type { Flags } from '../config/overrides.ts'
import { ConfigError, type Finding } from '../config/problems/problem.ts'
import type { LoadableParts } from '../config/sections/loadable.ts'
import { noFileAt } from '../config/yaml/text-file.ts'
import type { LoadedConfig } from '../primary/reload/reload.ts'

/**
 * Reads a config file, checks that its log files can be created, and loads its inspectors, which check their own options:
 * those that can be read also where other parts are wrong. Without inspectors, nothing is loaded.
 *
 * @throws {ConfigError} with everything that is wrong
 */
export const loadWithInspectors = async (path: string, flags: Flags = {}): Promise<LoadedConfig> => {
  const { config, problems, loadable, problemOf } = readConfigFile(path, flags)
  const findings = [...logFindings(loadable), ...(await inspectorFindings(loadable))]
  if (config !== undefined && findings.length === 0) return { config, problemOf }
  const all = [...problems, ...findings.map(problemOf)]
  throw new ConfigError(all.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)))
}

const logFindings = ({ logFiles }: LoadableParts): Finding[] =>
  logFiles.flatMap(({ path, file }): Finding[] => {
    const message = noFileAt(file)
    return message === undefined ? [] : [{ path, at: 'value', message }]
  })

/** Leaves out the inspectors that are wrong and tries the others again, until none is wrong: one must not hide another. */
const inspectorFindings = async ({ inspectors }: LoadableParts): Promise<Finding[]> => {
  const findings: Finding[] = []
  let left = inspectors
  while (left.length > 0) {
    const { findInspectorProblems } = await import('../inspection/host/sets/trial-load.ts')
    // As if all were one listener's: names of listeners may be wrong.
    const found = await findInspectorProblems([{ name: 'all', inspect: left.map(({ config }) => config) }])
    if (found.length === 0) break
    const wrong = new Set<unknown>()
    for (const { index, optionPath, message } of found) {
      const inspector = left[index]
      if (inspector === undefined) throw new Error(`no inspector ${index}`)
      wrong.add(inspector)
      const within = optionPath === undefined ? ['use'] : ['options', ...optionPath]
      findings.push({ path: [...inspector.path, ...within], at: 'value', message })
    }
    left = left.filter((inspector) => !wrong.has(inspector))
  }
  return findings
}
