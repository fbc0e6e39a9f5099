/** Fails in the way that its client asks for; bytes that ask for nothing pass. */
import { openSync } from 'node:fs'
import { defineInspector, hold, pass } from 'copyloop'

const leaked = []
const kept = new Map()

const faults = {
  'throw;': () => {
    throw new Error('thrown on purpose')
  },
  'wrong;': () => true,
  'promise;': async () => pass,
  'exit;': () => process.exit(3),
  'exit later;': () => {
    setTimeout(() => process.exit(3), 20)
    return pass
  },
  'throw later;': () => {
    setTimeout(() => {
      throw new Error('thrown later')
    }, 20)
    return pass
  },
  'reject later;': () => {
    setTimeout(() => Promise.reject(new Error('rejected later')), 20)
    return pass
  },
  'hang;': () => {
    for (;;) leaked.length = 0
  },
  'hang later;': () => {
    setTimeout(() => {
      for (;;) leaked.length = 0
    }, 20)
    return pass
  },
  'leak the heap;': () => {
    // Small objects: V8 of Node 26 neither limits nor ends a loop that calls `new Array(1000)`.
    for (;;) leaked.push({ kept: [leaked.length] })
  },
  'leak buffers;': () => {
    for (let times = 0; times < 64; times++) leaked.push(Buffer.alloc(2 ** 20, 1))
    return pass
  },
  'wait in the kernel;': () => openSync(process.env.COPYLOOP_TEST_FIFO, 'r'),
  'mutate;': (bytes) => {
    bytes.fill(0x21)
    return pass
  },
  'detach the buffer;': (bytes) => {
    try {
      structuredClone(bytes, { transfer: [bytes.buffer] })
    } catch {
      // Shared memory cannot be taken away: that is the point.
    }
    return pass
  },
  'hold for ever;': () => hold,
  'slow;': () => {
    const end = performance.now() + 30
    while (performance.now() < end) leaked.length = 0
    return pass
  },
}

export default defineInspector({
  name: 'faulty',
  open: (connection) => {
    kept.set(connection.id, true)
    return {}
  },
  chunk: (state, bytes) => {
    const text = Buffer.from(bytes).toString('latin1')
    const fault = state.fault ?? Object.keys(faults).find((name) => text.includes(name))
    if (fault === 'hold for ever;' || fault === 'slow;') state.fault = fault
    return fault ? faults[fault](bytes) : pass
  },
  close: () => {
    leaked.length = 0
  },
})
