/**
 * For the soak: flips bits of every byte, which the far end can undo, and holds every fifth chunk until the next one or
 * the end.
 */
const FLIPPED_BITS = 0x5a

const flipped = (bytes) => bytes.map((byte) => byte ^ FLIPPED_BITS)

export default {
  name: 'mangle',
  open: () => ({ toUpstream: { chunks: [], calls: 0, bytes: 0 }, toClient: { chunks: [], calls: 0, bytes: 0 } }),
  chunk: (state, bytes, direction) => {
    const held = state[direction]
    held.calls += 1
    held.bytes += bytes.length
    held.chunks.push(flipped(bytes))
    // Not the first bytes: the server waits for them before it says anything.
    if (held.bytes > 64 && held.calls % 5 === 2) return { verdict: 'hold' }
    return { verdict: 'replace', bytes: Buffer.concat(held.chunks.splice(0)) }
  },
  end: (state, direction) => {
    const { chunks } = state[direction]
    return chunks.length === 0 ? { verdict: 'pass' } : { verdict: 'replace', bytes: Buffer.concat(chunks.splice(0)) }
  },
}
