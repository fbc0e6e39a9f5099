/** Looks for patterns in what either side sends, and blocks the connection or has them logged. */
import { z } from 'zod'
import { defineInspector } from '../api/define-inspector.ts'
import { block, detach, pass } from '../api/verdict.ts'
import { Dfa } from './match/dfa.ts'
import { TooLarge } from './match/nfa.ts'
import { automatonOf, patternOption, shown } from './match/pattern.ts'
import { WrongRegex } from './match/regex.ts'

const options = z
  .strictObject({
    patterns: z.array(patternOption).min(1, { error: 'write at least one pattern, such as { text: secret }' }),
    action: z.enum(['block', 'log']).default('block'),
    /** ASCII letters only. */
    ignoreCase: z.boolean().default(false),
  })
  .transform(({ patterns, action, ignoreCase }, context) => {
    try {
      const dfa = new Dfa(automatonOf(patterns, ignoreCase))
      const empty = patterns[dfa.start().pattern]
      if (empty === undefined) return { patterns, action, dfa }
      context.issues.push({
        code: 'custom',
        message: `${shown(empty)} is found everywhere, for it may be empty; write one that needs a byte`,
        input: patterns,
        path: ['patterns'],
      })
      return z.NEVER
    } catch (error) {
      if (!(error instanceof WrongRegex) && !(error instanceof TooLarge)) throw error
      context.issues.push({ code: 'custom', message: error.message, input: patterns, path: ['patterns'] })
      return z.NEVER
    }
  })

export default defineInspector({
  name: 'match',
  options,
  open: (connection, given) => {
    const start = given.dfa.start()
    return { ...given, connection, seen: { toUpstream: start, toClient: start } }
  },
  chunk: (state, bytes, direction) => {
    const seen = state.dfa.read(state.seen[direction], bytes)
    state.seen[direction] = seen
    const found = state.patterns[seen.pattern]
    if (found === undefined) return pass
    const reason = `${shown(found)} ${direction}`
    if (state.action === 'block') return block(reason)
    state.connection.note('verdict', `match: ${reason}`)
    return detach('connection')
  },
})
