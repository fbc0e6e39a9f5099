import type { Path } from './problems/problem.ts'

/** Command-line flags, as written. */
export interface Flags {
  readonly workers?: string | undefined
  readonly engine?: string | undefined
  readonly admin?: string | undefined
}

/** A value that overrides the file's, and its source for messages: `--workers`, `COPYLOOP_LOG_LEVEL`. */
export interface Override {
  readonly path: Path
  readonly value: unknown
  readonly source: string
}

/** Precedence: flag, then environment, then file, then default. */
export const overridesFrom = (flags: Flags, environment: NodeJS.ProcessEnv): Override[] => {
  const { workers, engine, admin } = flags
  const level = environment.COPYLOOP_LOG_LEVEL
  return [
    ...(workers === undefined ? [] : [{ path: ['workers'], value: asCount(workers), source: '--workers' }]),
    ...(engine === undefined ? [] : [{ path: ['engine'], value: engine, source: '--engine' }]),
    ...(admin === undefined ? [] : [{ path: ['admin'], value: asAdmin(admin), source: '--admin' }]),
    // An empty variable counts as unset, as usual in shells and units.
    ...(level ? [{ path: ['log', 'level'], value: level, source: 'COPYLOOP_LOG_LEVEL' }] : []),
  ]
}

const asCount = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text)
const asAdmin = (text: string): unknown => (text === 'off' ? text : { listen: text })

/** A copy of the written config with the overrides. A value that should be a mapping but is not stays: the schema refuses it. */
export const override = (written: unknown, overrides: readonly Override[]): unknown =>
  overrides.reduce((below, { path, value }) => put(below, path, value), written)

const put = (below: unknown, [key, ...rest]: Path, value: unknown): unknown => {
  if (key === undefined) return value
  if (below !== undefined && (typeof below !== 'object' || below === null || Array.isArray(below))) return below
  const mapping = (below ?? {}) as Readonly<Record<string, unknown>>
  return { ...mapping, [key]: put(Object.hasOwn(mapping, key) ? mapping[key] : undefined, rest, value) }
}

/** The override that the value at `path` came from. */
export const overrideAt = (path: Path, overrides: readonly Override[]): Override | undefined =>
  overrides.find((candidate) => candidate.path.every((step, index) => path[index] === step))
