/** `${NAME}`: a whole value from the environment. */
import { schemasAt } from '../pages/json-schema.ts'
import type { Finding, Path } from '../problems/problem.ts'
import { show } from '../problems/show.ts'

export interface Substitution {
  readonly value: unknown
  /** Variables that cannot be substituted. */
  readonly findings: readonly Finding[]
  /** Adds the variable that the value came from to a finding; undefined if `findings` already has one at its path. */
  explain(finding: Finding): Finding | undefined
}

const WHOLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/
const PART = /\$\{|^\$[A-Za-z_][A-Za-z0-9_]*$/

/** A copy of the written config with the values of variables, as numbers or booleans where the schema needs them. */
export const substitute = (written: unknown, environment: NodeJS.ProcessEnv): Substitution => {
  const findings: Finding[] = []
  const variables = new Map<string, string>()
  const around = new Set<object>()

  const valueAt = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return textAt(value, path)
    if (typeof value !== 'object' || value === null || around.has(value)) return value
    around.add(value)
    const copy = Array.isArray(value)
      ? value.map((item, index) => valueAt(item, [...path, index]))
      : Object.fromEntries(Object.entries(value).map(([key, below]) => [key, valueAt(below, [...path, key])]))
    around.delete(value)
    return copy
  }

  const textAt = (text: string, path: Path): unknown => {
    const name = WHOLE.exec(text)?.[1]
    const found = name === undefined ? undefined : environment[name]
    if (name !== undefined && found) {
      variables.set(keyOf(path), name)
      return asWanted(found, path)
    }
    const message =
      name === undefined
        ? partly(text, path)
        : `the environment variable ${name} is unset or empty; set it, or write the value here`
    if (message === undefined) return text
    findings.push({ path, at: 'value', message })
    return undefined
  }

  const value = valueAt(written, [])
  const broken = new Set(findings.map(({ path }) => keyOf(path)))
  const explain = (finding: Finding): Finding | undefined => {
    const key = keyOf(finding.path)
    if (broken.has(key)) return undefined
    const name = variables.get(key)
    if (name === undefined) return finding
    const from = `this is the value of \${${name}}`
    return { ...finding, hint: finding.hint === undefined ? from : `${finding.hint} (${from})` }
  }
  return { value, findings, explain }
}

/** Not in `options`: they are the inspector's own, and `${` may have a meaning there. */
const partly = (text: string, path: Path): string | undefined =>
  PART.test(text) && !path.includes('options')
    ? `${show(text)} mixes a variable with other text; write only \${NAME}, and put the whole value in NAME`
    : undefined

/** Variables are always texts: converts them to what the schema needs. */
const asWanted = (text: string, path: Path): unknown => {
  const types = new Set(schemasAt(path).map(({ type }) => type))
  if (types.has('integer') && /^\d+$/.test(text)) return Number(text)
  if (types.has('number') && /^\d+(?:\.\d+)?$/.test(text)) return Number(text)
  if (types.has('boolean') && /^(?:true|false)$/.test(text)) return text === 'true'
  return text
}

const keyOf = (path: Path): string => JSON.stringify(path)
