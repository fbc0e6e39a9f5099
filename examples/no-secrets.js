// Blocks a connection whose client sends a word that must not leave. Beside it: npm install copyloop zod
import { block, defineInspector, pass } from 'copyloop'
import { z } from 'zod'

export default defineInspector({
  name: 'no-secrets',
  options: z.strictObject({ word: z.string().min(1) }),
  open: (_connection, options) => ({ word: Buffer.from(options.word), tail: Buffer.alloc(0) }),
  chunk: (state, bytes) => {
    // The word may be cut in two: the end of one chunk is looked at again with the next.
    const text = Buffer.concat([state.tail, bytes])
    if (text.includes(state.word)) return block('a secret')
    state.tail = text.subarray(Math.max(0, text.length - state.word.length + 1))
    return pass
  },
})
