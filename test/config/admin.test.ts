import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadConfig, parseConfig } from '../../src/config/load.ts'
import type { AdminConfig } from '../../src/config/schema.ts'
import { problemsOf, withTop } from './problems-of.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
afterAll(() => rmSync(directory, { recursive: true }))

const TOKEN = 'c0rrect-horse-battery-staple'
writeFileSync(join(directory, 'token'), TOKEN)

/** The admin of a config file with these lines, as `--admin` has it. */
const adminOf = (lines: string, flag?: string): AdminConfig => {
  const path = join(directory, 'copyloop.yaml')
  writeFileSync(path, withTop(lines))
  const { admin } = loadConfig(path, { admin: flag }, {})
  if (admin === 'off') throw new Error('it is off')
  return admin
}

const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port })
const FORMS =
  'off, an address such as 127.0.0.1:9901 or unix:/run/copyloop/admin.sock, or a mapping of listen, tokenFile, mode'
const needsToken = (address: string, port: number) =>
  `"${address}" can be reached by others, so the admin needs a token there; set admin.tokenFile, or write 127.0.0.1:${port}`

describe('the admin', () => {
  test('is written as its address, or as a mapping', () => {
    expect(adminOf('admin: 127.0.0.1:1')).toEqual({ listen: tcp('127.0.0.1', 1), mode: 0o600 })
    expect(adminOf('admin: { mode: "0660" }')).toEqual({ listen: tcp('127.0.0.1', 9901), mode: 0o660 })
    const unix = { listen: { kind: 'unix', path: '/run/admin.sock' }, mode: 0o600 }
    expect(adminOf('admin: unix:/run/admin.sock')).toEqual(unix)
    expect(adminOf('admin: { listen: unix:/run/admin.sock }')).toEqual(unix)
    for (const wrong of ['admin: "unix:@admin"', 'admin: { listen: "unix:@admin" }'])
      expect(() => adminOf(wrong)).toThrow('"unix:@admin" has no file whose mode says who may connect')
  })

  test('may listen where others reach it if it has a token', () => {
    for (const address of ['0.0.0.0:1', ':1', '"[::]:1"', 'example.test:1', '10.0.0.1:1']) {
      const { listen, tokenFile, token } = adminOf(`admin: { listen: ${address}, tokenFile: token }`)
      expect([listen.kind, tokenFile]).toEqual(['tcp', join(directory, 'token')])
      expect(token?.matches(TOKEN)).toBe(true)
    }
  })

  test.each<[lines: string, problem: string]>([
    ['admin: { listen: 0.0.0.0:9901 }', `9:18 admin.listen: ${needsToken('0.0.0.0:9901', 9901)}`],
    ['admin: { listen: ":1" }', `9:18 admin.listen: ${needsToken(':1', 1)}`],
    ['admin: { listen: "[::]:1", mode: "0600" }', `9:18 admin.listen: ${needsToken('[::]:1', 1)}`],
    ['admin: { listen: localhost.example.test:1 }', `9:18 admin.listen: ${needsToken('localhost.example.test:1', 1)}`],
    ['admin: 10.0.0.1:1', `9:8 admin: ${needsToken('10.0.0.1:1', 1)}`],
    ['admin: on', `9:8 admin: "on" is not valid here; write ${FORMS}`],
    ['admin: true', `9:8 admin: true is not valid here; write ${FORMS}`],
    ['admin: 9901', `9:8 admin: 9901 is not valid here; write ${FORMS}`],
    ['admin: 127.0.0.1:x', '9:8 admin: "x" is not a port; write a number from 1 to 65535'],
    ['admin: { mode: 0660 }', '9:16 admin.mode: 660 is a number; write "0660" in quotes'],
    ['admin: { token: a }', '9:10 admin.token: unknown key "token"; did you mean "tokenFile"?'],
    ['admin: { tokenFile: "" }', '9:21 admin.tokenFile: "" is not valid here; write the path of a file'],
  ])('%s is refused with the whole sentence', (lines, problem) => {
    expect(problemsOf(withTop(lines))).toEqual([`c.yaml:${problem}`])
  })

  test.each(['localhost:1', '127.0.0.2:1', '"[::1]:1"', '"[::ffff:127.0.0.1]:1"'])(
    'needs no token on %s',
    (address) => {
      expect(problemsOf(withTop(`admin: { listen: ${address} }`))).toEqual([])
    },
  )

  test('collides with a listener also in its short form', () => {
    expect(problemsOf(withTop('admin: 127.0.0.1:8080'))).toEqual([
      'c.yaml:3:13 listeners[0].listen: "127.0.0.1:8080" collides with admin.listen (127.0.0.1:8080); write another address',
    ])
  })

  test('keeps its token and its mode when --admin gives it another address', () => {
    const { listen, token, mode } = adminOf('admin: { tokenFile: token, mode: "0660" }', ':1')
    expect([listen, mode, token?.matches(TOKEN)]).toEqual([tcp('', 1), 0o660, true])
    for (const lines of ['admin: off', 'admin: 127.0.0.1:1', 'admin: { listen: 127.0.0.1:1 }', 'workers: 1']) {
      expect(adminOf(lines, '127.0.0.1:2')).toEqual({ listen: tcp('127.0.0.1', 2), mode: 0o600 })
    }
    expect(() => adminOf('workers: 1', '0.0.0.0:1')).toThrow(`--admin: ${needsToken('0.0.0.0:1', 1)}`)
    expect(() => parseConfig(withTop('admin: { listen: 5 }'), 'c.yaml', { admin: 'x' })).toThrow(
      '--admin: "x" has no port',
    )
  })
})
