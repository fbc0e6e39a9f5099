import type { Path } from './problems/problem.ts'
import { get } from './written.ts'

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
export const overridesFrom = (written: unknown, flags: Flags, environment: NodeJS.ProcessEnv): Override[] => {
  const { workers, engine, admin } = flags
  const level = environment.COPYLOOP_LOG_LEVEL
  return [
    ...(workers === undefined ? [] : [{ path: ['workers'], value: asCount(workers), source: '--workers' }]),
    ...(engine === undefined ? [] : [{ path: ['engine'], value: engine, source: '--engine' }]),
    ...(admin === undefined ? [] : adminOverrides(get(written, 'admin'), admin)),
    // An empty variable counts as unset, as usual in shells and units.
    ...(level ? [{ path: ['log', 'level'], value: level, source: 'COPYLOOP_LOG_LEVEL' }] : []),
  ]
}

const asCount = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text)

/** Another address does not take away the token and the mode that the file gives the admin. */
const adminOverrides = (written: unknown, flag: string): Override[] => {
  const source = '--admin'
  if (flag === 'off') return [{ path: ['admin'], value: flag, source }]
  const instead = typeof written === 'string' ? [{ path: ['admin'], value: {}, source }] : []
  return [...instead, { path: ['admin', 'listen'], value: flag, source }]
}

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
