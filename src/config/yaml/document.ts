import { type Document, parseDocument, type YAMLError } from 'yaml'
import { type Finding, formatPath, type Path, type Problem } from '../problems/problem.ts'
import { show } from '../problems/show.ts'
import { excessOf } from './limits.ts'
import { Lines } from './lines.ts'
import { expandMerges, isTooMuch } from './merge.ts'
import { mistakeOf, swallowedItem } from './mistakes.ts'
import { offsetOf, offsetOfNode, walk } from './nodes.ts'
import { aliasSentence, INDENTATION } from './syntax.ts'

/** A parsed YAML or JSON text. */
export type ConfigDocument =
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
  // Also after %YAML 1.1, in which `off` would be false.
  schema: 'core',
  resolveKnownTags: false,
  stringKeys: true,
  // `expandMerges` does it, within bounds and with the lines kept.
  merge: false,
  // Duplicates are found by `walk`, which knows their path.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const

const MOST_SYNTAX_PROBLEMS = 20

/** Parses a text. Never throws: everything that is wrong becomes a problem of `source`. */
export const readDocument = (source: string, text: string): ConfigDocument => {
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
  const errors = firstOfLines([...document.errors, ...document.warnings], lines)
  if (errors.length > 0) {
    const mistakes = errors.map((error) => mistakeOf(error, document, text, lines))
    return { readable: false, problems: mistakes.map(({ offset, message }) => problemAt(offset, message)) }
  }

  const problems: Problem[] = []
  const swallowed: Problem[] = []
  let aliasesResolve = true
  walk(document.contents, [], {
    item: (item) => {
      const dash = swallowedItem(item, text)
      if (dash !== undefined) swallowed.push(problemAt(dash, INDENTATION))
    },
    alias: (alias, path) => {
      if (alias.resolve(document) !== undefined) return
      aliasesResolve = false
      problems.push(problemAt(alias.range?.[0] ?? 0, aliasSentence(alias.source, path), path))
    },
    duplicate: (offset, path, first) => {
      const message = `the key ${show(path.at(-1))} is already set in line ${lines.at(first).line}; remove one`
      problems.push(problemAt(offset, message, path))
    },
  })
  if (swallowed.length > 0) return { readable: false, problems: swallowed }
  const merges = aliasesResolve ? expandMerges(document) : []
  problems.push(...merges.map(({ pair, path, message }) => problemAt(offsetOfNode(pair.key) ?? 0, message, path)))
  const value = aliasesResolve && !isTooMuch(document) ? unfold(document) : 'too much'
  if (value === 'too much') {
    if (aliasesResolve) problems.push(problemAt(0, 'its aliases expand to too many values; write the values out'))
    return { readable: false, problems }
  }
  const locate = (finding: Finding): Problem => {
    const located = problemAt(offsetOf(document, finding), finding.message, finding.path)
    return finding.hint === undefined ? located : { ...located, hint: finding.hint }
  }
  return { readable: true, value: value.plain, problems, locate }
}

/** Only the first lines with errors: one mistake often makes several errors in its line, and more in the lines below. */
const firstOfLines = (errors: readonly YAMLError[], lines: Lines): YAMLError[] => {
  const byLine = new Map<number, YAMLError>()
  for (const error of errors) {
    const { line } = lines.at(error.pos[0])
    if (!byLine.has(line)) byLine.set(line, error)
    if (byLine.size === MOST_SYNTAX_PROBLEMS) break
  }
  return [...byLine.values()]
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
