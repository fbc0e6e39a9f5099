/** Does something odd where its client says: the bytes are `WHERE: WHAT`, with WHAT out of `oddValues`. */
import { defineInspector, pass } from 'copyloop'
import { z } from 'zod'
import { oddValues } from './odd-values.js'

const where = {
  throw: (make) => {
    throw make()
  },
  reject: async (make) => {
    throw make()
  },
  later: (make) => {
    setTimeout(() => {
      throw make()
    })
    return pass
  },
  'reject later': (make) => {
    setTimeout(() => Promise.reject(make()))
    return pass
  },
  'say pass once': () => {
    let times = 0
    return {
      get verdict() {
        times += 1
        if (times > 1) throw null
        return 'pass'
      },
    }
  },
  'give a reason once': (make) => {
    let times = 0
    return {
      verdict: 'block',
      get reason() {
        times += 1
        return times > 1 ? make() : 'a reason'
      },
    }
  },
  'refuse to be read': (make) => ({
    get verdict() {
      throw make()
    },
  }),
  'replace by a proxy': () => ({ verdict: 'replace', bytes: new Proxy(new Uint8Array(5), {}) }),
  'replace by bytes that were given away': () => {
    const bytes = new Uint8Array(5)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    return { verdict: 'replace', bytes }
  },
}

const makers = Object.values(oddValues)
let opened = 0

export default defineInspector({
  name: 'odd',
  // With it, each connection gets the next of the values in `open`.
  options: z.strictObject({ open: z.enum(['throws', 'rejects']).optional() }),
  open: (_, options) => {
    if (options.open === undefined) return { end: () => pass, close: () => {} }
    const make = makers[opened++ % makers.length]
    return options.open === 'throws' ? where.throw(make) : where.reject(make)
  },
  chunk: (state, bytes) => {
    const text = Buffer.from(bytes).toString()
    const what = text.slice(0, text.indexOf(': '))
    const make = oddValues[text.slice(text.indexOf(': ') + 2)]
    if (Object.hasOwn(where, what)) return where[what](make)
    const [at, how] = what.split(' ')
    if (at === 'end' || at === 'close') state[at] = () => (how === 'throws' ? where.throw(make) : where.reject(make))
    return pass
  },
  end: (state) => state.end(),
  close: (state) => state.close?.(),
})
