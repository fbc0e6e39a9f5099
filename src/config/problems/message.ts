import type { z } from 'zod'
import { keysAt } from '../pages/json-schema.ts'
import { nearest } from './nearest.ts'
import type { Finding, Path } from './problem.ts'
import { show } from './show.ts'

type Issue = z.core.$ZodIssue

/** zod's issues as findings. Sentences come from the fields; here are only unknown keys and the choice within unions. */
export const explain = (issues: readonly Issue[], above: Path = []): Finding[] =>
  issues.flatMap((issue): Finding[] => {
    const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.find((branch) => branch.length > 0 && !branch.some(isOfAnotherKind))
      if (meant !== undefined) return explain(meant, path)
    }
    return [{ path, at: 'value', message: issue.message }]
  })

/** Whether a member of a union was not even meant: the value is a mapping and the member a word, for instance. */
const isOfAnotherKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')

const unknownKey = (parent: Path, key: string): Finding => {
  const known = keysAt(parent)
  const meant = nearest(key, known)
  const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${show(meant)}?`
  return { path: [...parent, key], at: 'key', message: `unknown key ${show(key)}`, hint }
}
