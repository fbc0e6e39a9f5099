import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { block, defineConfig, defineInspector, detach, type InspectedConnection, pass } from '../../../src/index.ts'
import { hold, passAfter, replace } from '../../../src/inspection/api/verdict.ts'
import { readVerdict } from '../../../src/inspection/thread/read-verdict.ts'

it('types the options after the schema and the state after open', () => {
  const inspector = defineInspector({
    name: 'no-secrets',
    options: z.strictObject({ word: z.string(), times: z.number().default(1) }),
    open: (connection, options) => {
      expectTypeOf(connection).toEqualTypeOf<InspectedConnection>()
      expectTypeOf(options).toEqualTypeOf<{ word: string; times: number }>()
      return { word: options.word, seen: 0 }
    },
    chunk: (state, bytes, direction) => {
      expectTypeOf(state).toEqualTypeOf<{ word: string; seen: number }>()
      expectTypeOf(bytes).toEqualTypeOf<Uint8Array>()
      expectTypeOf(direction).toEqualTypeOf<'toUpstream' | 'toClient'>()
      return Buffer.from(bytes).includes(state.word) ? block('a secret') : pass
    },
    close: (state, summary) => {
      expectTypeOf(state.seen).toEqualTypeOf<number>()
      expectTypeOf(summary.durationMs).toEqualTypeOf<number>()
    },
  })
  expect(inspector.name).toBe('no-secrets')
})

it('needs neither options nor state', () => {
  const inspector = defineInspector({ name: 'no-op', chunk: () => pass })
  expect(readVerdict(inspector.chunk(undefined, new Uint8Array(), 'toClient', {} as InspectedConnection))).toBe(pass)
})

it('refuses at compile time what is no verdict', () => {
  // @ts-expect-error a chunk needs a verdict
  defineInspector({ name: 'wrong', chunk: () => true })
})

it('types a config', () => {
  const config = defineConfig({
    listeners: [{ name: 'web', listen: ':80', upstream: 'app', inspect: [{ use: 'builtin:match' }] }],
    upstreams: [{ name: 'app', servers: ['127.0.0.1:9000'] }],
  })
  expect(config.listeners[0].name).toBe('web')
  // @ts-expect-error a listener needs an upstream
  defineConfig({ listeners: [{ name: 'web', listen: ':80' }], upstreams: [] })
})

it.each([pass, passAfter(5), hold, detach, detach('connection'), replace(new Uint8Array([120])), block('because')])(
  'reads the verdict %j',
  (verdict) => {
    expect(readVerdict(verdict)).toEqual(verdict)
  },
)

it.each([
  [undefined, 'it returned undefined, which is no verdict'],
  [null, 'it returned object, which is no verdict'],
  [true, 'it returned boolean, which is no verdict'],
  ['pass', 'it returned string, which is no verdict'],
  [{ verdict: 'perhaps' }, 'it returned object, which is no verdict'],
  [Promise.resolve(pass), 'it returned a promise; verdicts are given at once'],
  [passAfter(Number.NaN), 'passAfter takes milliseconds, not NaN'],
  [passAfter(-1), 'passAfter takes milliseconds, not -1'],
  [{ verdict: 'detach', from: 'all' }, "detach takes 'direction' or 'connection', not all"],
  [{ verdict: 'replace', bytes: 'text' }, 'replace takes a Uint8Array'],
  [{ verdict: 'block' }, 'block takes the reason as a string'],
  [block, 'it returned function, which is no verdict'],
])('refuses %j', (returned, message) => {
  expect(() => readVerdict(returned)).toThrow(message)
})
