import { z } from 'zod'
import { addLiteral, addRegex, Nfa, TooLarge } from './nfa.ts'
import { parseRegex, WrongRegex } from './regex.ts'

const HEX = /^(?:[0-9a-f]{2}[\s:]?)+$/i

export const literalOption = z.union(
  [
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({ hex: z.string().regex(HEX, { error: 'write bytes in hex, such as "de ad be ef"' }) }),
  ],
  { error: 'write { text: … } or { hex: … }' },
)

export const patternOption = z.union([...literalOption.options, z.strictObject({ regex: z.string().min(1) })], {
  error: 'write { text: … }, { hex: … } or { regex: … }',
})

export type Literal = z.infer<typeof literalOption>
export type Pattern = z.infer<typeof patternOption>

export const bytesOf = (literal: Literal): Buffer =>
  'text' in literal ? Buffer.from(literal.text) : Buffer.from(literal.hex.replaceAll(/[\s:]/g, ''), 'hex')

/** As it is written in the config, for messages. */
export const shown = (pattern: Pattern): string =>
  'regex' in pattern ? `/${pattern.regex}/` : 'text' in pattern ? JSON.stringify(pattern.text) : `hex ${pattern.hex}`

/**
 * One automaton for all patterns.
 *
 * @throws {WrongRegex | TooLarge} with the pattern and what is wrong with it
 */
export const automatonOf = (patterns: readonly Pattern[], ignoreCase: boolean): Nfa => {
  const nfa = new Nfa()
  for (const [index, pattern] of patterns.entries()) {
    try {
      if ('regex' in pattern) addRegex(nfa, parseRegex(pattern.regex, ignoreCase), index)
      else addLiteral(nfa, bytesOf(pattern), index, ignoreCase)
    } catch (error) {
      if (error instanceof WrongRegex || error instanceof TooLarge)
        error.message = `${shown(pattern)}: ${error.message}`
      throw error
    }
  }
  return nfa
}
