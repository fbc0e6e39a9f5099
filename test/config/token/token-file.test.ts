import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configFromObject, loadConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problems/problem.ts'
import type { AdminToken } from '../../../src/config/token/admin-token.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const TOKEN = 'c0rrect-horse-battery-staple'
const rest = {
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
  upstreams: [{ name: 'app', servers: [] }],
}

const load = (token: string | Buffer | undefined) => {
  if (token !== undefined) writeFileSync(join(directory, 'token'), token)
  const path = join(directory, 'copyloop.json')
  writeFileSync(path, JSON.stringify({ admin: { tokenFile: 'token' }, ...rest }, null, 2))
  return loadConfig(path, {}, {})
}

const tokenOf = ({ admin }: ReturnType<typeof load>): AdminToken => {
  if (admin === 'off' || admin.token === undefined) throw new Error('there is no token')
  return admin.token
}

const refusalOf = (token: string | Buffer | undefined): string => {
  try {
    load(token)
    return 'it is accepted'
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(directory, '.')
    throw error
  }
}

test.each(['', '\n', '\r\n', ' \n\n'])('a token may be followed by %j', (end) => {
  const token = tokenOf(load(TOKEN + end))
  expect(token.matches(TOKEN)).toBe(true)
  for (const other of ['', TOKEN + end + end, TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase()]) {
    expect(token.matches(other)).toBe(other === TOKEN)
  }
})

const MAKE_ONE = 'make one with: openssl rand -hex 32'
test.each<[string | Buffer | undefined, string]>([
  [undefined, 'there is no such file; name one that exists'],
  ['', `this file is empty; write a token into it, and nothing else: ${MAKE_ONE}`],
  ['\n', `this file is empty; write a token into it, and nothing else: ${MAKE_ONE}`],
  ['fifteen-letters', `this token has fewer than 16 characters; ${MAKE_ONE}`],
  ['x'.repeat(1025), `this token has more than 1024 characters; ${MAKE_ONE}`],
  [`token: ${TOKEN}`, `this is not one word of ASCII characters, as a token is; ${MAKE_ONE}`],
  [`${TOKEN}\n${TOKEN}\n`, `this is not one word of ASCII characters, as a token is; ${MAKE_ONE}`],
  [`${TOKEN}-ä`, `this is not one word of ASCII characters, as a token is; ${MAKE_ONE}`],
  [Buffer.from([...Buffer.from(TOKEN), 0xff]), 'this file is not UTF-8 text; save it as UTF-8'],
  ['x'.repeat(2 * 1024 * 1024), 'this file is larger than 1 MiB; name a smaller one'],
])('the file %.20j is refused where it is named, and no part of it is shown', (token, problem) => {
  expect(refusalOf(token)).toBe(`./copyloop.json:3:18 admin.tokenFile: ${problem}`)
})

test('a token of 16 characters, and one of 1,024, is long enough', () => {
  for (const length of [16, 1024]) expect(refusalOf('x'.repeat(length))).toBe('it is accepted')
})

const isRoot = process.getuid?.() === 0
test.skipIf(isRoot)(
  `a file that may not be read is named${isRoot ? ' (skipped: root may read every file)' : ''}`,
  () => {
    writeFileSync(join(directory, 'token'), TOKEN)
    chmodSync(join(directory, 'token'), 0)
    expect(refusalOf(undefined)).toContain('admin.tokenFile: this file may not be read; give this user the permission')
  },
)

test('a wrong token is reported with what is wrong in other files', () => {
  writeFileSync(join(directory, 'allow.txt'), 'nonsense')
  const config = {
    ...rest,
    admin: { tokenFile: join(directory, 'token') },
    listeners: [{ ...rest.listeners[0], allowFile: join(directory, 'allow.txt') }],
  }
  expect(() => configFromObject(config)).toThrow(
    /^config admin\.tokenFile: there is no such file.*\n.*allow\.txt:1:1: /,
  )
})

test('a config shows its token in no way', () => {
  const config = load(TOKEN)
  const shown = [
    JSON.stringify(config),
    inspect(config, { depth: 9, showHidden: true }),
    inspect(structuredClone(config), { depth: 9 }),
    String(tokenOf(config)),
  ]
  for (const text of shown) {
    expect(text).not.toContain(TOKEN)
    expect(text).not.toMatch(/digest/i)
  }
  expect(structuredClone(config).admin).toMatchObject({ token: {} })
})
