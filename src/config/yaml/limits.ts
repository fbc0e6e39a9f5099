import { CST, Parser } from 'yaml'

/** A config needs 6. The parser's recursion ends the process where the stack does. */
const DEEPEST = 50
/** Following one takes a walk over the file, and aliases of aliases grow without end. */
const MOST_ALIASES = 100

/** A place in a text that goes beyond what a config may ask of the parser. */
export interface Excess {
  readonly offset: number
  readonly message: string
}

/** Measures a YAML text, by its tokens and without recursion, before anything is built from it. */
export const excessOf = (text: string): Excess | undefined => {
  let aliases = 0
  const waiting: { token: CST.Token; depth: number }[] = []
  for (const token of new Parser().parse(text)) waiting.push({ token, depth: 0 })
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next
    if (depth > DEEPEST) {
      return { offset: token.offset, message: `this is nested more than ${DEEPEST} deep; write it flatter` }
    }
    if (token.type === 'alias' && ++aliases > MOST_ALIASES) {
      return { offset: token.offset, message: `there are more than ${MOST_ALIASES} aliases; write the values out` }
    }
    for (const child of childrenOf(token)) waiting.push({ token: child, depth: depth + 1 })
  }
  return undefined
}

const childrenOf = (token: CST.Token): CST.Token[] => {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value]
  if (!CST.isCollection(token)) return []
  return token.items.flatMap(({ key, value }) => [key, value]).filter((child) => child !== null && child !== undefined)
}
