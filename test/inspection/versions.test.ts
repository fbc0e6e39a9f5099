import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { until } from '../support/until.ts'
import { WorkerHarness } from '../support/worker-harness.ts'
import { collect, untilText } from './support.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-versions-'))
const file = join(directory, 'versioned.js')
afterEach(() => rmSync(directory, { recursive: true }))

const write = (word: string): string => {
  const source = `import { replace } from 'copyloop'
export default { name: 'versioned', chunk: () => replace(Buffer.from(${JSON.stringify(word)})) }`
  writeFileSync(file, source)
  return createHash('sha256').update(source).digest('hex').slice(0, 12)
}

test('a connection keeps the version that it began with, new ones get the new one, and the log names them', async () => {
  writeFileSync(
    join(directory, 'package.json'),
    JSON.stringify({ name: 'copyloop', type: 'module', exports: './index.js' }),
  )
  writeFileSync(join(directory, 'index.js'), `export * from ${JSON.stringify(resolve('dist/index.js'))}`)
  const first = write('one,')
  const inspect = [{ use: file }]
  const harness = await WorkerHarness.open(openStreamsEngine(), { inspect })
  try {
    const config = parseConfig(
      JSON.stringify({
        listeners: [{ name: 'web', listen: ':0', upstream: 'app', inspect }],
        upstreams: [{ name: 'app', servers: [] }],
      }),
      'copyloop.json',
    )
    const old = await harness.connect()
    const oldUp = collect(old.upstream)
    old.client.socket.write('x')
    await untilText(oldUp, 'one,')

    const second = write('two,')
    await harness.inspection?.loadInspectors(config.listeners)
    const young = await harness.connect()
    const youngUp = collect(young.upstream)
    young.client.socket.end('x')
    await untilText(youngUp, 'two,')
    old.client.socket.end('x')
    await untilText(oldUp, 'one,one,')
    young.upstream.socket.end()
    expect((await harness.line('completed')).inspectors).toEqual([`versioned@${second}`])
    old.upstream.socket.end()
    await until('both lines', () => harness.lines().length === 2)
    expect(harness.lines().map(({ inspectors }) => inspectors)).toContainEqual([`versioned@${first}`])

    writeFileSync(file, 'this is no JavaScript')
    await expect(harness.inspection?.loadInspectors(config.listeners)).rejects.toThrow(/does not load/)
    const still = await harness.connect()
    const stillUp = collect(still.upstream)
    still.client.socket.write('x')
    await untilText(stillUp, 'two,')
    expect(harness.inspector('versioned').chunks).toBe(4)
  } finally {
    await harness.close()
  }
})
