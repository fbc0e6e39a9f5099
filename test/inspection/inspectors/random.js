/** Passes or holds at random, and fails its connection if chunks come out of order or in two threads. */
import { threadId } from 'node:worker_threads'
import { defineInspector, hold, pass, replace } from 'copyloop'
import { z } from 'zod'

const seed = { value: 1 }
const random = () => {
  seed.value = (Math.imul(seed.value, 1664525) + 1013904223) >>> 0
  return seed.value / 2 ** 32
}

export default defineInspector({
  name: 'random',
  options: z.strictObject({ holds: z.number() }),
  open: (_, { holds }) => ({ holds, threadId, held: { toUpstream: 0, toClient: 0 } }),
  chunk: (state, bytes, direction) => {
    if (state.threadId !== threadId) throw new Error('its state is another thread’s')
    if (state.held[direction] < 500_000 && random() < state.holds) {
      state.held[direction] += bytes.length
      return hold
    }
    const nothingHeld = state.held[direction] === 0
    state.held[direction] = 0
    // Other bytes that are the same: what goes on comes back from the thread.
    return nothingHeld && random() < 0.3 ? replace(Buffer.from(bytes)) : pass
  },
  end: () => pass,
})
