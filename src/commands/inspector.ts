import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { isName } from '../config/fields/fields.ts'
import { readTextFile } from '../config/yaml/text-file.ts'
import { print } from './output.ts'

/** Adds `copyloop inspector new`: writes an inspector that lets everything pass, and its test. */
export const addInspector = (program: Command): void => {
  program
    .command('inspector')
    .description('write an inspector of your own')
    .command('new')
    .description(
      'write NAME.js, an inspector that lets everything pass, and NAME.test.js, its test; both with .mjs where the package is CommonJS',
    )
    .argument('<name>', 'its name: letters, digits, dots, hyphens and underscores')
    .option('--directory <path>', 'where the files are written', '.')
    .addHelpText(
      'after',
      `
Example:
  $ copyloop inspector new no-secrets
  $ npm install copyloop zod && node --test no-secrets.test.js
  Then, in the config, for a listener: inspect: [{ use: ./no-secrets.js }]`,
    )
    .action((name: string, { directory }: { directory: string }, command: Command) => {
      if (!isName(name))
        command.error(`error: ${JSON.stringify(name)} cannot be a name; write letters, digits and hyphens`)
      const extension = isCommonJs(resolve(directory)) ? 'mjs' : 'js'
      const files = new Map([
        [join(directory, `${name}.${extension}`), inspectorText(name)],
        [join(directory, `${name}.test.${extension}`), testText(`./${name}.${extension}`)],
      ])
      for (const file of files.keys())
        if (existsSync(file)) command.error(`error: ${file} already exists; choose another name`)
      for (const [file, text] of files) {
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text)
        print(`${file}\n`)
      }
    })
}

/** Whether Node takes a .js there for CommonJS, which has no `import`: `npm init` of npm 11 writes this. */
const isCommonJs = (directory: string): boolean => {
  const text = readTextFile(join(directory, 'package.json'))
  if ('text' in text) return /"type"\s*:\s*"commonjs"/.test(text.text)
  const above = dirname(directory)
  return above !== directory && isCommonJs(above)
}

const inspectorText = (name: string): string => `import { defineInspector, pass } from 'copyloop'
import { z } from 'zod'

export default defineInspector({
  name: '${name}',
  // What \`options\` in the config may hold.
  options: z.strictObject({}),
  // The state: one a connection, for both directions.
  open: (connection, options) => ({ connection, options, bytes: 0 }),
  // Judges what one side sent: pass, detach, hold, replace(bytes) or block(reason).
  chunk: (state, bytes, direction) => {
    state.bytes += bytes.length
    return pass
  },
  close: (state, summary) => {},
})
`

const testText = (module: string): string => `import assert from 'node:assert/strict'
import { test } from 'node:test'
import inspector from '${module}'

const connection = {
  id: 'test-1',
  listener: 'web',
  client: '192.0.2.1:4711',
  upstream: 'app',
  server: '192.0.2.2:80',
  note: (name, text) => {},
}

test('lets everything pass', () => {
  const state = inspector.open(connection, inspector.options.parse({}))
  const verdict = inspector.chunk(state, Buffer.from('hello'), 'toUpstream', connection)
  assert.equal(verdict.verdict, 'pass')
  assert.equal(state.bytes, 5)
})
`
