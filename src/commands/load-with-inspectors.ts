import { loadConfigWithLines } from '../config/load.ts'
import type { Flags } from '../config/overrides.ts'
import { ConfigError, type Finding } from '../config/problems/problem.ts'
import type { Config, ListenerConfig } from '../config/schema.ts'
import { noFileAt } from '../config/yaml/text-file.ts'

/**
 * Reads a config file, checks that its log file can be created, and loads its inspectors, which check their own options.
 * Without inspectors, nothing is loaded.
 *
 * @throws {ConfigError} with everything that is wrong
 */
export const loadWithInspectors = async (path: string, flags: Flags = {}): Promise<Config> => {
  const { config, problemOf } = loadConfigWithLines(path, flags)
  const findings = [...logFindings(config), ...(await inspectorFindings(config.listeners))]
  if (findings.length === 0) return config
  throw new ConfigError(findings.map(problemOf).toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)))
}

const logFindings = ({ log: { file } }: Config): Finding[] => {
  const message = file === undefined ? undefined : noFileAt(file)
  return message === undefined ? [] : [{ path: ['log', 'file'], at: 'value', message }]
}

/** Leaves out the inspectors that are wrong and tries the others again, until none is wrong: one must not hide another. */
const inspectorFindings = async (listeners: readonly ListenerConfig[]): Promise<Finding[]> => {
  const findings: Finding[] = []
  let left = listeners.map(({ name, inspect }, place) => ({
    name,
    place,
    inspectors: inspect.map((config, index) => ({ config, index })),
  }))
  while (left.some(({ inspectors }) => inspectors.length > 0)) {
    const { findInspectorProblems } = await import('../inspection/host/sets/trial-load.ts')
    const found = await findInspectorProblems(
      left.map(({ name, inspectors }) => ({ name, inspect: inspectors.map(({ config }) => config) })),
    )
    if (found.length === 0) break
    const wrong = new Set<unknown>()
    for (const { listener, index, optionPath, message } of found) {
      const owner = left.find(({ name }) => name === listener)
      const inspector = owner?.inspectors[index]
      if (owner === undefined || inspector === undefined) throw new Error(`no inspector ${index} of ${listener}`)
      wrong.add(inspector)
      const within = optionPath === undefined ? ['use'] : ['options', ...optionPath]
      const path = ['listeners', owner.place, 'inspect', inspector.index, ...within]
      findings.push({ path, at: 'value', message })
    }
    left = left.map((one) => ({ ...one, inspectors: one.inspectors.filter((inspector) => !wrong.has(inspector)) }))
  }
  return findings
}
