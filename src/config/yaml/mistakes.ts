/** Finds where a mistake in YAML was made, which is often not where the parser reports it. */
import { type Document, isCollection, isScalar, visit, type YAMLError } from 'yaml'
import type { Lines } from './lines.ts'
import { INDENTATION, syntaxSentence, unclosedSentence } from './syntax.ts'

export interface Mistake {
  readonly offset: number
  readonly message: string
}

/** As much of a line as is searched for the mistake behind a syntax error. */
const LONGEST_LINE = 1000

const KEY_OR_ITEM = /^ *(?:- |[\w"'$.-]+:(?:\s|$))/
const DASH_WITHOUT_SPACE = /^ *-(?=[^\s-])/

export const mistakeOf = (error: YAMLError, document: Document, text: string, lines: Lines): Mistake => {
  const [at] = error.pos
  const line = lines.textAt(at).slice(0, LONGEST_LINE)
  const start = at - lines.at(at).column + 1
  const indent = /^ */.exec(line)?.[0].length ?? 0
  const isAtItsStart = at - start <= indent
  if (DASH_WITHOUT_SPACE.test(line)) {
    return { offset: start + indent, message: 'a list item needs a space after its dash; write - and a space' }
  }
  if (isUnclosedQuote(error)) return { offset: openingQuote(document, at) ?? at, message: syntaxSentence(error, line) }
  const opening = isUnclosedBracket(error) ? openingBracket(document, at) : undefined
  if (opening !== undefined) {
    const here = lines.at(at).line
    const beforeLine = here > lines.at(opening).line && at < text.length ? here : undefined
    return { offset: opening, message: unclosedSentence(text[opening] === '{' ? '{' : '[', beforeLine) }
  }
  if (isAtItsStart && isAboutStructure(error) && KEY_OR_ITEM.test(line)) {
    return { offset: start + indent, message: INDENTATION }
  }
  if (isAtItsStart && error.code === 'BAD_INDENT') {
    return {
      offset: start + indent,
      message: 'this line has no dash and no "key:"; write - before a list item, or key: value',
    }
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && !/:(?:\s|$)/.test(line.slice(at - start))) {
    // The value continues on the next line, because that is indented further.
    return { offset: nextLine(text, at), message: INDENTATION }
  }
  return { offset: at, message: syntaxSentence(error, line) }
}

const isUnclosedQuote = ({ code, message }: YAMLError): boolean =>
  code === 'MISSING_CHAR' && message.startsWith('Missing closing')

const isUnclosedBracket = ({ code, message }: YAMLError): boolean => code === 'BAD_INDENT' && message.startsWith('Flow')

/** The innermost bracket that is open where the parser met a line that cannot be between brackets. */
const openingBracket = (document: Document, end: number): number | undefined => {
  let found: number | undefined
  visit(document, {
    Collection: (_, node) => {
      const [start, , nodeEnd] = node.range ?? []
      if (isCollection(node) && node.flow && start !== undefined && start < end && (nodeEnd ?? 0) >= end) found = start
    },
  })
  return found
}

const isAboutStructure = ({ code }: YAMLError): boolean =>
  code === 'MISSING_CHAR' || code === 'UNEXPECTED_TOKEN' || code === 'BLOCK_AS_IMPLICIT_KEY' || code === 'BAD_INDENT'

const openingQuote = (document: Document, end: number): number | undefined => {
  let found: number | undefined
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type?.startsWith('QUOTE') && range && range[0] < end && range[1] >= end) found = range[0]
    },
  })
  return found
}

const nextLine = (text: string, at: number): number => {
  const next = /\n\s*(?=\S)/g
  next.lastIndex = at
  const match = next.exec(text)
  return match === null ? at : match.index + match[0].length
}

/** A list item that is indented further than the one above becomes part of its text: the offset of its dash. */
export const swallowedItem = (node: unknown, text: string): number | undefined => {
  if (!isScalar(node) || node.type !== 'PLAIN' || !node.range) return undefined
  const match = /\n *(?=- )/.exec(text.slice(node.range[0], node.range[1]))
  return match === null ? undefined : node.range[0] + match.index + match[0].length
}
