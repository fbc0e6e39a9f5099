import { CST, Lexer, Parser } from 'yaml'

/** A config needs 6. The parser recurses, and a stack overflow would end the process. */
const DEEPEST = 50
/** Resolving one walks over the file, and aliases of aliases grow exponentially. */
const MOST_ALIASES = 100
/** Keys, values, dashes, colons, brackets and commas. `- { address: 10.0.0.1:80, weight: 1 }` has 14. */
const MOST_PIECES = 150_000

/** The place in a text where it exceeds a limit. */
export interface Excess {
  readonly offset: number
  readonly message: string
}

/** Checks a YAML text against the limits, piece by piece and without recursion, before anything is built from it. */
export const excessOf = (text: string): Excess | undefined => {
  const parser = new Parser()
  let aliases = 0
  let pieces = 0
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser
    const type = CST.tokenType(lexeme)
    if (type === 'alias' && ++aliases > MOST_ALIASES) {
      return { offset, message: `there are more than ${MOST_ALIASES} aliases; write the values out` }
    }
    if (!isBlank(type) && ++pieces > MOST_PIECES) {
      return { offset, message: 'this config is too large: write fewer keys and values, or several configs' }
    }
    // Each step of this generator yields a whole document, which is not needed.
    for (const _document of parser.next(lexeme));
    const deep = parser.stack[DEEPEST + 1]
    if (deep !== undefined) {
      return { offset: deep.offset, message: `this is nested more than ${DEEPEST} levels deep; flatten it` }
    }
  }
  return undefined
}

const isBlank = (type: CST.TokenType | null): boolean => type === 'space' || type === 'newline' || type === 'comment'
