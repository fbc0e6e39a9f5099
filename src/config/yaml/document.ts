import { type Document, parseDocument } from 'yaml'
import { type Finding, formatPath, type Path, type Problem } from '../problems/problem.ts'
import { show } from '../problems/show.ts'
import { excessOf } from './limits.ts'
import { Lines } from './lines.ts'
import { offsetOf, walk } from './nodes.ts'
import { aliasSentence, syntaxSentence } from './syntax.ts'

/** A YAML or JSON text that was read. */
export type Written =
  | { readonly readable: false; readonly problems: readonly Problem[] }
  | {
      readonly readable: true
      /** Plain values. */
      readonly value: unknown
      readonly problems: readonly Problem[]
      /** Gives a finding its line and column. */
      locate(finding: Finding): Problem
    }

const OPTIONS = {
  // Also after %YAML 1.1, where `off` would be false.
  schema: 'core',
  resolveKnownTags: false,
  stringKeys: true,
  // Duplicates are found by `walk`, which knows their path.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const

/** Reads a text. Never throws: whatever is wrong becomes a problem of `source`. */
export const readDocument = (source: string, text: string): Written => {
  const lines = new Lines(text)
  const problemAt = (offset: number, message: string, path: Path = []): Problem => ({
    source,
    path: formatPath(path),
    ...lines.at(offset),
    message,
  })
  const excess = excessOf(text)
  if (excess !== undefined) return { readable: false, problems: [problemAt(excess.offset, excess.message)] }

  const document = parseDocument(text, OPTIONS)
  const errors = [...document.errors, ...document.warnings].map((error) =>
    problemAt(error.pos[0], syntaxSentence(error, lines.textAt(error.pos[0]))),
  )
  // One mistake often makes several errors in its line.
  const problems = errors.filter(({ line }, index) => errors[index - 1]?.line !== line)
  if (problems.length > 0) return { readable: false, problems }

  let aliasesResolve = true
  walk(document.contents, [], {
    alias: (alias, path) => {
      if (alias.resolve(document) !== undefined) return
      aliasesResolve = false
      problems.push(problemAt(alias.range?.[0] ?? 0, aliasSentence(alias.source), path))
    },
    duplicate: (offset, path, first) => {
      const message = `the key ${show(path.at(-1))} stands here again, after line ${lines.at(first).line}; remove one`
      problems.push(problemAt(offset, message, path))
    },
  })
  const value = aliasesResolve ? unfold(document) : 'too much'
  if (value === 'too much') {
    if (aliasesResolve) problems.push(problemAt(0, 'its aliases unfold into too much; write the values out'))
    return { readable: false, problems }
  }
  const locate = (finding: Finding): Problem => {
    const located = problemAt(offsetOf(document, finding), finding.message, finding.path)
    return finding.hint === undefined ? located : { ...located, hint: finding.hint }
  }
  return { readable: true, value: value.plain, problems, locate }
}

const unfold = (document: Document): { plain: unknown } | 'too much' => {
  try {
    return { plain: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    // yaml's guard against aliases of aliases, which multiply.
    if (error instanceof ReferenceError) return 'too much'
    throw error
  }
}
