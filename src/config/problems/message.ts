import type { z } from 'zod'
import { isPlainKey } from '../fields/fields.ts'
import { keysAt } from '../pages/json-schema.ts'
import { nearest } from './nearest.ts'
import { ourWordFor } from './other-words.ts'
import type { Finding, Path } from './problem.ts'
import { show } from './show.ts'

type Issue = z.core.$ZodIssue

/** Turns zod's issues into findings. Most messages come from the fields; this adds unknown keys and the choice within unions. */
export const explain = (issues: readonly Issue[]): Finding[] => {
  const findings = collect(issues, [])
  // A missing key and the unknown key that was meant for it are one mistake.
  const misnamed = new Set(findings.flatMap(({ meant }) => (meant === undefined ? [] : [JSON.stringify(meant)])))
  return findings
    .filter(({ isMissing, path }) => !(isMissing && misnamed.has(JSON.stringify(path))))
    .map(({ isMissing: _, meant: __, ...finding }) => finding)
}

/** A finding with its relation to others. */
interface RelatedFinding extends Finding {
  readonly isMissing?: boolean
  /** The path of the key that an unknown key was meant for. */
  readonly meant?: Path
}

const collect = (issues: readonly Issue[], above: Path): RelatedFinding[] =>
  issues.flatMap((issue): RelatedFinding[] => {
    const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.find((branch) => branch.length > 0 && !branch.some(isOfAnotherKind))
      if (meant !== undefined) return collect(meant, path)
    }
    return [{ path, at: 'value', message: issue.message, isMissing: / is missing; /.test(issue.message) }]
  })

/** Whether a member of a union was clearly not meant: the value is a mapping and the member a word, for instance. */
const isOfAnotherKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')

const unknownKey = (parent: Path, key: string): RelatedFinding => {
  const known = keysAt(parent)
  const ours = ourWordFor(key, parent)
  const meant = ours ?? nearest(key, known)
  return {
    path: [...parent, key],
    at: 'key',
    message: `unknown key ${show(key)}`,
    hint: hintFor(key, known, ours, meant),
    ...(meant === undefined ? {} : { meant: [...parent, meant] }),
  }
}

const hintFor = (key: string, known: readonly string[], ours?: string, meant?: string): string => {
  if (ours !== undefined) return `write ${ours}`
  if (meant !== undefined) return `did you mean ${show(meant)}?`
  if (key.startsWith('x-')) return 'put an anchor where its value is used first'
  return `known here: ${known.filter(isPlainKey).join(', ')}`
}
