/**
 * For the soak: flips bits of every byte, which the far end can undo, and holds some large chunks until the next one or
 * the end.
 */
const FLIPPED_BITS = 0x5a
const LARGE = 32 * 1024

const flipped = (bytes) => bytes.map((byte) => byte ^ FLIPPED_BITS)

export default {
  name: 'mangle',
  open: () => ({ toUpstream: { chunks: [], calls: 0 }, toClient: { chunks: [], calls: 0 } }),
  chunk: (state, bytes, direction) => {
    const held = state[direction]
    held.calls += 1
    held.chunks.push(flipped(bytes))
    // Only what others are likely to follow at once: bytes may be held for ten seconds, however busy the machine is.
    if (bytes.length >= LARGE && held.calls % 5 === 2) return { verdict: 'hold' }
    return { verdict: 'replace', bytes: Buffer.concat(held.chunks.splice(0)) }
  },
  end: (state, direction) => {
    const { chunks } = state[direction]
    return chunks.length === 0 ? { verdict: 'pass' } : { verdict: 'replace', bytes: Buffer.concat(chunks.splice(0)) }
  },
}
