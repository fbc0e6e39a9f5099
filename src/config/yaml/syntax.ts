import type { YAMLError } from 'yaml'
import { starSentence } from '../fields/address-mistakes.ts'
import type { Path } from '../problems/problem.ts'
import { show } from '../problems/show.ts'

type Says = string | ((message: string) => string)

export const INDENTATION =
  'the indentation does not fit the lines above; line up the keys or items that belong together'

/** The message for each error code of the parser. */
const SAYS: Partial<Record<YAMLError['code'], Says>> = {
  TAB_AS_INDENT: 'a tab cannot indent YAML; write spaces',
  BAD_INDENT: INDENTATION,
  BLOCK_AS_IMPLICIT_KEY: 'a second "key:" follows on the line of a first; write it on a line of its own, or use quotes',
  BLOCK_IN_FLOW: 'a comma is missing here, or a "key:" stands where [ or { is still open; separate items with commas',
  MULTILINE_IMPLICIT_KEY:
    'this line has no "key:", or is indented wrongly; write key: value, with a space after the colon',
  BAD_SCALAR_START: 'a value cannot begin with this character; put the value in quotes',
  BAD_DQ_ESCAPE: 'this escape is unknown; double the backslash, or use single quotes',
  BAD_ALIAS: 'an anchor or alias has no proper name; write a name after the & or *, or put the value in quotes',
  MULTIPLE_DOCS: 'a second document begins here; keep one config in a file and remove the ---',
  NON_STRING_KEY: 'a key cannot be a list, a mapping or an alias; write a word',
  TAG_RESOLVE_FAILED: 'tags are not supported; remove the !, or put the value in quotes',
  MISSING_CHAR: (message) => {
    if (message.startsWith('Missing closing')) return 'a quote is not closed; write the closing quote'
    if (message.startsWith('Missing ,')) return 'a comma is missing between two items; write it'
    return 'this line has no "key:"; write key: value, with a space after the colon'
  },
  UNEXPECTED_TOKEN: 'this is not expected here; remove it, or put the whole value in quotes',
}

const BRACKETS = /(?:^|[\s,{-])(\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]:\d*)/

/** Between brackets, an unquoted brace opens a mapping. */
const VARIABLE_IN_FLOW = /[[{,][^'"]*?(\$\{[A-Za-z_]\w*\})/

/** The message for a syntax error that was found in `line`. */
export const syntaxSentence = (error: Pick<YAMLError, 'code' | 'message'>, line: string): string => {
  const bracketed = BRACKETS.exec(line)?.[1]
  if (bracketed !== undefined) return `an address that begins with [ needs quotes; write ${show(bracketed)}`
  const variable = VARIABLE_IN_FLOW.exec(line)?.[1]
  if (variable !== undefined) return `a variable between [ ] or { } needs quotes; write ${show(variable)}`
  const says = SAYS[error.code] ?? `this is not YAML (${error.message}); correct it, or use quotes`
  return typeof says === 'string' ? says : says(error.message)
}

/** For a bracket without its end. @param beforeLine the line that cannot be between brackets, because of its indentation */
export const unclosedSentence = (bracket: '[' | '{', beforeLine: number | undefined): string => {
  const [name, end] = bracket === '[' ? ['list', ']'] : ['mapping', '}']
  if (beforeLine === undefined) return `the ${name} that this ${bracket} opens is not closed; write a ${end} at its end`
  return `the ${name} that this ${bracket} opens is not closed before line ${beforeLine}; write a ${end}, or indent what is in it`
}

/** For an alias (`*name`) without an anchor. `*:80` is an alias too. */
export const aliasSentence = (alias: string, path: Path): string => {
  if (/^:\d+$/.test(alias)) {
    return starSentence(alias.slice(1), path.includes('servers') ? 'connect' : 'listen', `*${alias}`)
  }
  return `nothing above has the anchor &${alias}; correct the name, or put the value in quotes`
}
