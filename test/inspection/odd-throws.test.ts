/** Whatever an inspector throws, its own connection fails, and no other. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { until, within } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'
import { oddValues } from './inspectors/odd-values.js'
import { collect, inspector, untilText, visit } from './support.ts'

const VALUES = Object.keys(oddValues)
/** The bystanders are on the same thread. */
const inspection = { threads: 1 }

const threadEnds = (harness: WorkerHarness): number =>
  harness.log().filter(({ msg }) => /a thread of inspectors has ended/.test(String(msg))).length

/** Sends the texts, each on a connection of its own, which fails. Returns the errors in their lines. */
const failEach = async (harness: WorkerHarness, texts: readonly string[]): Promise<unknown[]> => {
  for (const [index, text] of texts.entries()) {
    const { client, upstream } = await harness.connect()
    client.socket.write(text)
    expect([text, await within(`the RST after ${text}`, client.receivedAll)]).toEqual([text, 'ECONNRESET'])
    expect([text, await within(`the RST after ${text}`, upstream.receivedAll)]).toEqual([text, 'ECONNRESET'])
    await until('its line', () => harness.lines().length > index)
  }
  const failed = harness.lines().filter(({ outcome }) => outcome === 'inspectionFailed')
  expect(failed).toHaveLength(texts.length)
  return failed.map(({ error }) => error)
}

describe.each(ENGINES)('an inspector that throws something odd, engine $name', ({ open }) => {
  const engine = open()

  test.each(['throw', 'refuse to be read'])('%s: its connection fails, a bystander on its thread goes on', (where) =>
    withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
      const bystander = await harness.connect()
      const up = collect(bystander.upstream)
      bystander.client.socket.write('hello')
      await untilText(up, 'hello')
      const errors = await failEach(
        harness,
        VALUES.map((value) => `${where}: ${value}`),
      )
      for (const error of errors) expect(error).toMatch(/^odd: ./)
      bystander.client.socket.write(', unharmed')
      await untilText(up, 'hello, unharmed')
      expect(harness.inspector('odd').failures).toBe(VALUES.length)
      expect(threadEnds(harness)).toBe(0)
    }),
  )

  test('a promise that is rejected with it is a failure like any other promise, and ends no thread', () =>
    withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
      const errors = await failEach(
        harness,
        VALUES.map((value) => `reject: ${value}`),
      )
      expect(new Set(errors)).toEqual(new Set(['odd: it returned a promise; verdicts are given at once']))
      await visit(harness)
      expect(threadEnds(harness)).toBe(0)
    }))

  test.each(['throws', 'rejects'])('an `open` that %s it is a failure of its connection, and ends no thread', (open) =>
    withWorker(engine, { inspect: [inspector('odd', { options: { open } })], inspection }, async (harness) => {
      const errors = await failEach(harness, VALUES)
      for (const error of errors) expect(error).toMatch(/^odd: ./)
      expect(threadEnds(harness)).toBe(0)
    }),
  )

  test.each(['throws', 'rejects'])('an `end` that %s it is a failure of its connection, and ends no thread', (how) =>
    withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
      for (const value of VALUES) {
        const { client, upstream } = await harness.connect()
        client.socket.end(`end ${how}: ${value}`)
        expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      }
      await visit(harness)
      expect(harness.counts().outcomes).toEqual({ inspectionFailed: VALUES.length, completed: 1 })
      expect(threadEnds(harness)).toBe(0)
    }),
  )

  test.each(['throws', 'rejects'])('a `close` that %s it is counted, and ends no thread', (how) =>
    withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
      for (const value of VALUES) {
        const { client, upstream } = await harness.connect()
        client.socket.end(`close ${how}: ${value}`)
        upstream.socket.end()
        expect(await within('the FIN', client.receivedAll)).toBe('FIN')
      }
      await until('the failures', () => harness.inspector('odd').failures === VALUES.length)
      await visit(harness)
      expect(threadEnds(harness)).toBe(0)
    }),
  )

  test.each(['later', 'reject later'])(
    '%s: it ends its thread, and the next one serves',
    (when) =>
      withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
        for (const [index, value] of VALUES.entries()) {
          const { client, upstream } = await harness.connect()
          client.socket.write(`${when}: ${value}`)
          expect([value, await within('the RST', upstream.receivedAll)]).toEqual([value, 'ECONNRESET'])
          await until('its line', () => harness.lines().length > index)
          await until('the next thread', () => harness.inspector('odd').threads === 1)
        }
        for (const { error } of harness.lines()) expect(error).toMatch(/^odd: ./)
        await visit(harness)
        expect(threadEnds(harness)).toBe(VALUES.length)
      }),
    60_000,
  )
})

describe.each(ENGINES)('an inspector whose verdict is odd, engine $name', ({ open }) => {
  const engine = open()

  test('what it says is read once', () =>
    withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('say pass once: null')
      await untilText(up, 'say pass once: null')
      client.socket.write('give a reason once: a function')
      expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
      expect((await harness.line('blocked')).verdict).toBe('odd: a reason')
      expect(threadEnds(harness)).toBe(0)
    }))

  test.each(['replace by a proxy', 'replace by bytes that were given away'])('%s is a failure', (what) =>
    withWorker(engine, { inspect: [inspector('odd')], inspection }, async (harness) => {
      await failEach(harness, [`${what}: null`])
      await visit(harness)
      expect(threadEnds(harness)).toBe(0)
    }),
  )
})
