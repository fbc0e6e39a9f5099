/** Inspectors are loaded anew while a thread starts. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { until, within } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'
import { collect } from './support.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copyloop-starting-'))
  const manifest = { name: 'copyloop', type: 'module', exports: './index.js' }
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(directory, 'index.js'), `export * from ${JSON.stringify(resolve('dist/index.js'))}`)
})
afterEach(() => rmSync(directory, { recursive: true }))

const fileOf = (word: string): string => join(directory, `${word}.js`)

/**
 * Writes an inspector that replaces all bytes with its word and its thread, and loads at once so many times: later loads
 * wait until `letLoad`.
 */
const writeVersion = (word: string, loadsAtOnce: number): void => {
  const path = JSON.stringify(join(directory, word))
  writeFileSync(
    fileOf(word),
    `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { replace } from 'copyloop'
appendFileSync(${path} + '.loads', '.')
const waits = readFileSync(${path} + '.loads').length > ${loadsAtOnce}
while (waits && !existsSync(${path} + '.open')) await sleep(5)
const chunk = (_, bytes) => {
  if (Buffer.from(bytes).includes('exit;')) process.exit(3)
  return replace(Buffer.from('${word} ' + threadId + ';'))
}
export default { name: 'version', chunk }`,
  )
}

const letLoad = (word: string): void => writeFileSync(join(directory, `${word}.open`), '')

const untilLoads = (word: string, times: number): Promise<void> => {
  const file = join(directory, `${word}.loads`)
  return until(`load ${times} of ${word}`, () => existsSync(file) && readFileSync(file).length === times)
}

const endThread = async (harness: WorkerHarness): Promise<void> => {
  const { client } = await harness.connect()
  client.socket.write('exit;')
  expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
}

/** Has new connections inspected by another version. */
const load = async (harness: WorkerHarness, word: string): Promise<void> => {
  const inspect = (harness.state.listeners.get('web')?.inspect ?? []).map((one) => ({ ...one, use: fileOf(word) }))
  await harness.inspection?.loadInspectors([{ name: 'web', inspect }])
}

/** A connection whose client sends a byte. Returns how to get what the inspector made of it. */
const send = async (harness: WorkerHarness): Promise<() => Promise<string>> => {
  const { client, upstream } = await harness.connect()
  const up = collect(upstream)
  client.socket.write('x')
  return async () => {
    await until('what the inspector replaced', () => up.text.endsWith(';'))
    return up.text
  }
}

test('a thread that becomes ready while the others load new inspectors gets them too', () => {
  writeVersion('one', 2)
  return withWorker(
    openStreamsEngine(),
    { inspect: [{ use: fileOf('one') }], inspection: { threads: 2 } },
    async (harness) => {
      await endThread(harness)
      await untilLoads('one', 3)
      // Once in a thread of its own, to try it.
      writeVersion('two', 1)
      const loading = load(harness, 'two')
      await untilLoads('two', 2)
      letLoad('one')
      await until('both threads are ready', () => harness.inspector('version').threads === 2)
      letLoad('two')
      await loading
      const texts = [await (await send(harness))(), await (await send(harness))()]
      for (const text of texts) expect(text).toMatch(/^two \d+;$/)
      expect(new Set(texts).size).toBe(2)
    },
  )
})

test('each connection that began while the only thread started gets the inspectors that it began with', () => {
  writeVersion('one', 1)
  return withWorker(
    openStreamsEngine(),
    { inspect: [{ use: fileOf('one') }], inspection: { threads: 1 } },
    async (harness) => {
      await endThread(harness)
      await untilLoads('one', 2)
      const answers = [await send(harness)]
      for (const word of ['two', 'three']) {
        writeVersion(word, 10)
        await load(harness, word)
        answers.push(await send(harness))
      }
      letLoad('one')
      const texts = await Promise.all(answers.map((answer) => answer()))
      expect(texts.map((text) => text.split(' ')[0])).toEqual(['one', 'two', 'three'])
      expect(harness.inspector('version').failures).toBe(1)
    },
  )
})
