import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const BASE = `const base = { name: 'web', listen: ':8080', upstream: 'app' }
const upstreams = [{ name: 'app', servers: ['a.internal:1'] }]`

/** Configs that hold what `defineConfig` refuses, each with a key of which the compiler must speak. */
const REFUSED: readonly [key: string, config: string][] = [
  ['listners', `{ listners: [], listeners: [], upstreams }`],
  ['maxConnectons', `{ listeners: [{ ...base, maxConnectons: 5 }], upstreams }`],
  ['idel', `{ listeners: [{ ...base, timeouts: { idel: '5m' } }], upstreams }`],
  ['wight', `{ listeners: [], upstreams: [{ name: 'app', servers: [{ address: 'a:1', wight: 2 }] }] }`],
  ['lisen', `{ listeners: [], upstreams, admin: { lisen: ':1' } }`],
  // What TypeScript by itself lets pass: keys of values that come from elsewhere.
  ['timeout', `{ listeners: [80].map((port) => ({ ...base, listen: \`:\${port}\`, timeout: 5 })), upstreams }`],
  ['idel', `((one) => one)({ listeners: [{ ...base, timeouts: { idel: '5m' } }], upstreams })`],
  ['level', `{ listeners: [], upstreams, log: { level: 'loud' } }`],
]

const ACCEPTED: readonly string[] = [
  `{ listeners: [base], upstreams }`,
  `{ log: { level: 'info' }, admin: 'off', workers: 2, listeners: [{ ...base, timeouts: { idle: '5m' } }], upstreams }`,
  `{ listeners: [80, 81].map((port) => ({ ...base, name: \`on-\${port}\`, listen: [\`:\${port}\`] })), upstreams }`,
  `{ listeners: [base], upstreams: [{ name: 'app', servers: ['a:1', { address: 'b:2' }] }] }`,
  `((one: ConfigInput) => one)({ listeners: [base], upstreams })`,
  `{ listeners: [{ ...base, inspect: [{ use: 'a.js', options: { any: { deep: [1] } } }] }], upstreams }`,
]

let directory = ''
let complaints = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
  const compile = (name: string, config: string) =>
    writeFileSync(
      join(directory, `${name}.ts`),
      `import { type ConfigInput, defineConfig } from '${relative(directory, resolve('src/index.ts'))}'\nexport type Input = ConfigInput\n${BASE}\nexport const config = defineConfig(${config})\nexport { base, upstreams }\n`,
    )
  REFUSED.forEach(([, config], index) => {
    compile(`refused-${index}`, config)
  })
  ACCEPTED.forEach((config, index) => {
    compile(`accepted-${index}`, config)
  })
  const options = { typeRoots: [resolve('node_modules/@types')] }
  const settings = { extends: resolve('tsconfig.json'), compilerOptions: options, include: ['*.ts'] }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings))
  const { stdout } = spawnSync('node_modules/.bin/tsc', ['-p', directory, '--pretty', 'false'], { encoding: 'utf8' })
  complaints = stdout
}, 60_000)

afterAll(() => rmSync(directory, { recursive: true }))

/** What the compiler said about one file, with the lines that belong to it. */
const aboutFile = (name: string): string =>
  complaints
    .split(/\n(?=\S)/)
    .filter((complaint) => complaint.includes(`${name}.ts`))
    .join('\n')

test.each(REFUSED.map(([key, config], index) => ({ key, config, index })))(
  'the compiler refuses $key in $config',
  ({ key, index, config }) => {
    const said = aboutFile(`refused-${index}`)
    const column = Number(/\(5,(\d+)\)/.exec(said)?.[1]) - 'export const config = defineConfig('.length - 1
    expect(said.includes(key) || config.slice(column).startsWith(key), said).toBe(true)
  },
)

test.each(ACCEPTED.map((config, index) => ({ config, index })))('it takes $config', ({ index }) => {
  expect(aboutFile(`accepted-${index}`)).toBe('')
})
