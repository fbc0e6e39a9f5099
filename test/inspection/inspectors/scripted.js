/** Does what the words in the bytes say: a test's client decides what its inspector does. */
import { block, defineInspector, detach, hold, pass, passAfter, replace } from 'copyloop'
import { z } from 'zod'

export default defineInspector({
  name: 'scripted',
  options: z.strictObject({ end: z.enum(['pass', 'hold', 'replace', 'block']).optional() }),
  open: (connection, options) => ({ connection, options, calls: [] }),
  chunk: (state, bytes, direction) => {
    const text = Buffer.from(bytes).toString('latin1')
    state.calls.push(`${direction}:${text}`)
    if (text.includes('DETACH ALL')) return detach('connection')
    if (text.includes('DETACH')) return detach
    if (text.includes('HOLD')) return hold
    if (text.includes('REPLACE')) return replace(Buffer.from(text.replaceAll('REPLACE', 'replaced')))
    if (text.includes('DROP')) return replace(new Uint8Array())
    if (text.includes('BLOCK')) return block('it said so')
    if (text.includes('MONTHS LATER')) return passAfter(1e10)
    if (text.includes('LATER')) return passAfter(200)
    if (text.includes('NOTE')) state.connection.note('protocol', 'scripted')
    if (text.includes('CALLS')) return replace(Buffer.from(JSON.stringify(state.calls)))
    return pass
  },
  end: (state, direction) => {
    if (state.options.end === 'replace') return replace(Buffer.from(`end of ${direction}`))
    if (state.options.end === 'hold') return hold
    if (state.options.end === 'block') return block('it ended')
    return pass
  },
})
