/** What becomes of connections when their inspector fails, whatever the cause. */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { ENGINES } from '../support/engines.ts'
import { makeFifo } from '../support/fifo.ts'
import { noteWhatIsOpen } from '../support/leftovers.ts'
import { until, within } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'
import { collect, inspector, untilText, visit } from './support.ts'

interface Fault {
  readonly word: string
  /** What the line says, after the inspector's name. */
  readonly says: RegExp
  /** It happens after the chunk has passed. */
  readonly later?: true
}

const FAULTS: readonly Fault[] = [
  { word: 'throw;', says: /thrown on purpose/ },
  { word: 'wrong;', says: /it returned boolean, which is no verdict/ },
  { word: 'promise;', says: /it returned a promise/ },
  { word: 'hang;', says: /it took longer than 100 ms/ },
  { word: 'exit;', says: /exited with code: 3/ },
  { word: 'leak the heap;', says: /memory/ },
  { word: 'leak buffers;', says: /more memory than they may/, later: true },
  { word: 'exit later;', says: /it exited/, later: true },
  { word: 'throw later;', says: /thrown later/, later: true },
]

/** One connection has said hello; a second one is there as a bystander. */
const twoConnections = async (harness: WorkerHarness) => {
  const first = await harness.connect()
  const second = await harness.connect()
  const [firstUp, secondUp] = [collect(first.upstream), collect(second.upstream)]
  first.client.socket.write('hello')
  await untilText(firstUp, 'hello')
  second.client.socket.write('hello')
  await untilText(secondUp, 'hello')
  return { first, firstUp, second, secondUp }
}

describe.each(ENGINES)('a fault of an inspector, engine $name', ({ open }) => {
  const engine: Engine = open()
  const inspection = { threads: 2, memory: '48MiB' }
  // What ends otherwise may need more than a tenth of a second for it: memory is to be filled, a thread to be wound up.
  const timeoutOf = (word: string) => (word === 'hang;' ? '100ms' : '10s')

  test.each(FAULTS)('$word with onFailure: close ends its connection, and not those of other threads', (fault) => {
    const { word, says, later } = fault
    const inspect = [inspector('faulty', { timeout: timeoutOf(word) })]
    return withWorker(engine, { inspect, inspection }, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      const { first, firstUp, second, secondUp } = await twoConnections(harness)
      first.client.socket.write(word)
      expect(await within('the RST', first.client.receivedAll)).toBe('ECONNRESET')
      expect(await within('the RST', first.upstream.receivedAll)).toBe('ECONNRESET')
      expect(firstUp.text).toBe(later ? `hello${word}` : 'hello')
      const line = await harness.line('inspectionFailed')
      expect(line.error).toMatch(says)
      expect(line.error).toMatch(/^faulty: /)
      // Two threads, two connections: the other one is on the other thread.
      second.client.socket.end(', unharmed')
      second.upstream.socket.end()
      await untilText(secondUp, 'hello, unharmed')
      await visit(harness)
      await until('the thread is replaced', () => harness.inspector('faulty').threads === 2)
      for (let visits = 0; visits < 4; visits++) await visit(harness)
      expect(harness.inspector('faulty').failures).toBe(1)
      expect(harness.counts().outcomes).toEqual({ inspectionFailed: 1, completed: 6 })
      await nothingIsLeft()
    })
  })

  test.each(FAULTS)('$word with onFailure: pass lets its connection go on, uninspected, with every byte', (fault) => {
    const { word } = fault
    const inspect = [inspector('faulty', { onFailure: 'pass', timeout: timeoutOf(word) })]
    return withWorker(engine, { inspect, inspection }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      client.socket.write(word)
      await untilText(up, word)
      await until('the failure', () => harness.inspector('faulty').failures === 1)
      client.socket.write('hang;')
      upstream.socket.end('throw;')
      await untilText(up, `${word}hang;`)
      await untilText(down, 'throw;')
      client.socket.end('exit;')
      await untilText(up, `${word}hang;exit;`)
      await harness.line('completed')
      await visit(harness)
    })
  })

  test('connections on the thread that ends get onFailure as well, and others are served at once', () =>
    withWorker(engine, { inspect: [inspector('faulty')], inspection: { threads: 1 } }, async (harness) => {
      const { first, second } = await twoConnections(harness)
      first.client.socket.write('hang;')
      expect(await within('the RST', first.client.receivedAll)).toBe('ECONNRESET')
      expect(await within('the RST', second.client.receivedAll)).toBe('ECONNRESET')
      await visit(harness)
      await until('both lines', () => harness.lines().filter(({ error }) => error).length === 2)
      expect(harness.lines().flatMap(({ error }) => error ?? [])).toEqual([
        'faulty: it took longer than 100 ms',
        'faulty: the thread was ended by another connection: it took longer than 100 ms',
      ])
      expect(harness.log().some(({ msg }) => /a thread of inspectors has ended/.test(String(msg)))).toBe(true)
    }))

  test('what hangs between two chunks is found out as well', () =>
    withWorker(engine, { inspect: [inspector('faulty')], inspection: { threads: 1 } }, async (harness) => {
      const { first, firstUp } = await twoConnections(harness)
      first.client.socket.write('hang later;')
      await untilText(firstUp, 'hellohang later;')
      await new Promise((resolve) => setTimeout(resolve, 50))
      first.client.socket.write('more')
      expect(await within('the RST', first.client.receivedAll)).toBe('ECONNRESET')
      await visit(harness)
    }))

  test('a thread that waits in the kernel and cannot be ended is replaced, and named as one that is still there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
    const fifo = join(directory, 'fifo')
    makeFifo(fifo)
    process.env.COPYLOOP_TEST_FIFO = fifo
    await withWorker(engine, { inspect: [inspector('faulty')], inspection: { threads: 1 } }, async (harness) => {
      const { client } = await harness.connect()
      client.socket.write('wait in the kernel;')
      expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
      await visit(harness)
      await until('it is named', () => harness.log().some(({ msg }) => /cannot be ended/.test(String(msg))))
      // A writer lets it go on, to its end: fifo(7).
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK))
    })
    rmSync(directory, { recursive: true })
  })

  test.each(['mutate;', 'detach the buffer;'])('%s changes nothing of what is delivered', (word) =>
    withWorker(engine, { inspect: [inspector('faulty')] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.end(word)
      upstream.socket.end()
      await untilText(up, word)
      await harness.line('completed')
    }),
  )

  test.each(['mutate;', 'detach the buffer;'])('%s changes nothing of what the inspector before it put there', (word) =>
    withWorker(engine, { inspect: [inspector('scripted'), inspector('faulty')] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.end(`REPLACE ${word}`)
      upstream.socket.end()
      await untilText(up, `replaced ${word}`)
      await harness.line('completed')
    }),
  )

  test('who holds more than 1 MiB has failed', () =>
    withWorker(engine, { inspect: [inspector('faulty')] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      client.socket.write('hold for ever;')
      client.socket.write(Buffer.alloc(2 ** 21))
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      expect(upstream.received).toBe(0)
      expect((await harness.line('inspectionFailed')).error).toBe('faulty: it held more than 1048576 bytes')
    }))

  test('FIN after bytes that are held for ever is a failure, not a cut that looks complete', () =>
    withWorker(engine, { inspect: [inspector('faulty')] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      client.socket.end('hold for ever;')
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      expect((await harness.line('inspectionFailed')).error).toBe(
        'faulty: the sender ended while bytes of it were held',
      )
    }))

  test('a client that is gone while its verdict is awaited leaves nothing', () =>
    withWorker(engine, { inspect: [inspector('faulty', { timeout: '1s' })] }, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      const { client, upstream } = await harness.connect()
      client.socket.write('slow;')
      client.reset()
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      await harness.line('clientReset')
      await until('nothing waits', () => harness.inspector('faulty').queueLength === 0)
      await nothingIsLeft()
    }))
})
