/** Paths are no URLs: what means something in a URL is a letter like any other in the name of a directory. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, test } from 'vitest'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { until } from '../support/until.ts'
import { withWorker } from '../support/worker-harness.ts'
import { collect, untilText } from './support.ts'

const parent = mkdtempSync(join(tmpdir(), 'copyloop-paths-'))
afterAll(() => rmSync(parent, { recursive: true }))

/** An inspector with a file of its own beside it, and copyloop as if it were installed there. */
const writeInspector = (directory: string): string => {
  const installed = join(directory, 'node_modules/copyloop')
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), '{ "name": "copyloop", "type": "module", "exports": "./index.js" }')
  writeFileSync(join(installed, 'index.js'), `export * from ${JSON.stringify(resolve('dist/index.js'))}`)
  writeFileSync(join(directory, 'word.mjs'), `export const word = 'replaced'`)
  const file = join(directory, 'inspector.mjs')
  writeFileSync(
    file,
    `import { defineInspector, replace } from 'copyloop'
import { word } from './word.mjs'
export default defineInspector({ name: 'there', chunk: () => replace(Buffer.from(word)) })`,
  )
  return file
}

test.each(['a#b', 'a?b', 'a%20b', 'a%b', 'a b', 'ä', 'a:b', "a'b", 'a&b;c', 'a\nb', 'file:', '#', '?', '%23'])(
  'an inspector below a directory named %j is loaded and runs, and so does what it imports',
  async (name) => {
    const directory = join(parent, name)
    mkdirSync(directory)
    const redactWith = join(directory, 'redact.mjs')
    writeFileSync(redactWith, 'export default (bytes) => bytes')
    const inspect = [
      { use: writeInspector(directory) },
      { use: 'builtin:capture', options: { directory: join(directory, 'captures'), redactWith } },
    ]
    await withWorker(openStreamsEngine(), { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.end('hello')
      await untilText(up, 'replaced')
      upstream.socket.end()
      await harness.line('completed')
      await until('the capture saw it', () => harness.inspector('capture').bytes > 0)
    })
  },
)
