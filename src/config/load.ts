/**
 * The only reader of config files and of the environment: `COPYLOOP_CONFIG` names the file, `COPYLOOP_LOG_LEVEL` sets the
 * log level, and a file may take values from any variable with `${NAME}`. Flags override the environment, the environment
 * overrides the file, and the file overrides the defaults.
 */
import { dirname, resolve } from 'node:path'
import { builtinName } from './fields/builtin.ts'
import { withFileContents } from './file-contents.ts'
import { type Flags, type Override, override, overrideAt, overridesFrom } from './overrides.ts'
import { ConfigError, type Finding, type Problem, unlocated } from './problems/problem.ts'
import type { Config } from './schema.ts'
import { type LoadableParts, loadableParts } from './sections/loadable.ts'
import { deepFreeze, validate } from './validate.ts'
import { readDocument } from './yaml/document.ts'
import { substitute } from './yaml/environment-values.ts'
import { isThere, readTextFile } from './yaml/text-file.ts'

export const DEFAULT_FILE = 'copyloop.yaml'

/** The config file to use: from the flag, else from the environment, else `copyloop.yaml` if it exists. */
export const configFile = (flag: string | undefined, environment = process.env): string | undefined =>
  flag ?? (environment.COPYLOOP_CONFIG || (isThere(DEFAULT_FILE) ? DEFAULT_FILE : undefined))

/**
 * Reads a YAML or JSON file.
 *
 * @throws {ConfigError} with everything that is wrong, in the order of the lines
 */
export const loadConfig = (path: string, flags: Flags = {}, environment = process.env): Config =>
  configIn(readConfigFile(path, flags, environment))

const textOf = (path: string): string => {
  const read = readTextFile(path)
  if ('wrong' in read) throw new ConfigError([{ source: path, path: '', message: read.wrong }])
  return read.text
}

/**
 * `loadConfig` for a text that was already read; paths in it are relative to `source`, its file.
 *
 * @throws {ConfigError} with everything that is wrong, in the order of the lines
 */
export const parseConfig = (
  text: string,
  source: string,
  flags: Flags = {},
  environment: NodeJS.ProcessEnv = {},
): Config => configIn(readConfig(text, source, flags, environment))

/** What could be read of a config that may be wrong, and the places of its parts: for problems that are found later. */
export interface ReadConfig {
  /** Undefined if there are problems. */
  readonly config: Config | undefined
  /** In the order of the lines. */
  readonly problems: readonly Problem[]
  /** Paths in them are absolute. */
  readonly loadable: LoadableParts
  problemOf(finding: Finding): Problem
}

/**
 * `loadConfig` that returns what is wrong, for a caller that looks for more.
 *
 * @throws {ConfigError} if nothing of the file can be read
 */
export const readConfigFile = (path: string, flags: Flags = {}, environment = process.env): ReadConfig =>
  readConfig(textOf(path), path, flags, environment)

/** @throws {ConfigError} with everything that is wrong */
const configIn = ({ config, problems }: ReadConfig): Config => {
  if (config === undefined) throw new ConfigError(problems)
  return config
}

const readConfig = (text: string, source: string, flags: Flags, environment: NodeJS.ProcessEnv): ReadConfig => {
  const document = readDocument(source, text)
  if (!document.readable) throw new ConfigError(document.problems)
  if (document.value === null || document.value === undefined) {
    const message = 'this config is empty; write at least listeners and upstreams'
    throw new ConfigError([{ source, path: '', line: 1, column: 1, message }])
  }
  const substituted = substitute(document.value, environment)
  const overrides = overridesFrom(substituted.value, flags, environment)
  const written = override(substituted.value, overrides)
  const validated = validate(written)
  const findings = [
    ...substituted.findings.filter(({ path }) => overrideAt(path, overrides) === undefined),
    ...(validated.valid ? [] : validated.findings.flatMap((finding) => substituted.explain(finding) ?? [])),
  ]
  const problemOf = (finding: Finding): Problem => overridden(finding, overrides) ?? document.locate(finding)
  const problems = [...document.problems, ...findings.map(problemOf)].sort(byPlace)
  const directory = dirname(source)
  const read = { loadable: loadableIn(directory, loadableParts(written, findings)), problemOf }
  if (!validated.valid || problems.length > 0) return { ...read, config: undefined, problems }
  try {
    return { ...read, config: withFileContents(inDirectory(directory, validated.config), problemOf), problems: [] }
  } catch (error) {
    if (error instanceof ConfigError) return { ...read, config: undefined, problems: error.problems }
    throw error
  }
}

/** What `copyloop run` needs when there is no file: addresses, separated by commas. */
export interface RunFlags extends Flags {
  readonly listen: string
  readonly to: string
}

/**
 * One listener and one upstream, both named `default`.
 *
 * @throws {ConfigError} with everything that is wrong, each problem under the name of its flag
 */
export const configFromFlags = (flags: RunFlags, environment = process.env): Config => {
  const listeners = [{ name: 'default', listen: byComma(flags.listen), upstream: 'default' }]
  const upstreams = [{ name: 'default', servers: byComma(flags.to) }]
  const overrides = [
    { path: ['listeners'], value: listeners, source: '--listen' },
    { path: ['upstreams'], value: upstreams, source: '--to' },
    ...overridesFrom({}, flags, environment),
  ]
  const validated = validate(override({}, overrides))
  if (validated.valid) return validated.config
  throw new ConfigError(
    validated.findings.map((finding) => overridden(finding, overrides) ?? unlocated('flags', finding)),
  )
}

/**
 * Checks a config that a program has made.
 *
 * @throws {ConfigError} with everything that is wrong
 */
export const configFromObject = (written: unknown): Config => {
  const validated = validate(written)
  const problemOf = (finding: Finding): Problem => unlocated('config', finding)
  if (validated.valid) return withFileContents(inDirectory('.', validated.config), problemOf)
  throw new ConfigError(validated.findings.map(problemOf))
}

const byComma = (text: string): string[] => text.split(',').map((part) => part.trim())

/** A finding about a value that the file did not give. */
const overridden = (finding: Finding, overrides: readonly Override[]): Problem | undefined => {
  const from = overrideAt(finding.path, overrides)
  return from === undefined ? undefined : unlocated(from.source, { ...finding, path: [] })
}

const byPlace = (one: Problem, other: Problem): number =>
  (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)

/** Paths are relative to the config file, wherever the process was started. */
const inDirectory = (directory: string, config: Config): Config => {
  const { admin, log, listeners } = config
  return deepFreeze({
    ...config,
    admin:
      admin === 'off' || admin.tokenFile === undefined
        ? admin
        : { ...admin, tokenFile: resolve(directory, admin.tokenFile) },
    log: {
      ...log,
      ...(log.file !== undefined && { file: resolve(directory, log.file) }),
      access: accessIn(directory, log.access),
    },
    listeners: listeners.map((listener) => ({
      ...listener,
      ...(listener.allowFile !== undefined && { allowFile: resolve(directory, listener.allowFile) }),
      ...(listener.denyFile !== undefined && { denyFile: resolve(directory, listener.denyFile) }),
      inspect: listener.inspect.map((inspector) => ({ ...inspector, use: moduleIn(directory, inspector.use) })),
    })),
  })
}

const accessIn = (directory: string, access: Config['log']['access']): Config['log']['access'] =>
  access === false || access.file === undefined ? access : { ...access, file: resolve(directory, access.file) }

const loadableIn = (directory: string, { inspectors, logFiles }: LoadableParts): LoadableParts => ({
  inspectors: inspectors.map(({ path, config }) => ({
    path,
    config: { ...config, use: moduleIn(directory, config.use) },
  })),
  logFiles: logFiles.map(({ path, file }) => ({ path, file: resolve(directory, file) })),
})

const moduleIn = (directory: string, use: string): string =>
  builtinName(use) === undefined ? resolve(directory, use) : use
