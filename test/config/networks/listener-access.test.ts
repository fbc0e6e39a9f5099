import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problems/problem.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

const load = (keys: object, files: Readonly<Record<string, string>> = {}) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  const listeners = [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', ...keys }]
  const path = join(directory, 'copyloop.json')
  writeFileSync(path, JSON.stringify({ listeners, upstreams: [{ name: 'app', servers: [] }] }, null, 2))
  return loadConfig(path).listeners[0]
}

const refusal = (keys: object, files: Readonly<Record<string, string>> = {}): string[] => {
  try {
    load(keys, files)
    throw new Error('it is accepted')
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(directory, '.').split('\n')
    throw error
  }
}

const TEN = [0x0a00_0000, 0x0aff_ffff]

describe('the access lists of a listener', () => {
  test('are a table only where there are some', () => {
    expect(load({})).not.toHaveProperty('access')
    expect(load({ deny: [] })).not.toHaveProperty('access')
    expect(load({ allow: ['10.0.0.0/8'] })?.access?.ipv4).toEqual(Uint32Array.from(TEN))
  })

  test('unite with their files, whose paths are relative to the config file', () => {
    mkdirSync(join(directory, 'lists'))
    const files = { 'lists/allow.txt': '192.0.2.1\n', 'deny.txt': '10.0.0.0/9' }
    const listener = load({ allow: ['10.0.0.0/8'], allowFile: 'lists/allow.txt', denyFile: 'deny.txt' }, files)
    expect(listener?.access?.ipv4).toEqual(Uint32Array.of(0x0a80_0000, 0x0aff_ffff, 0xc000_0201, 0xc000_0201))
    expect(listener?.allowFile).toBe(join(directory, 'lists/allow.txt'))
  })

  test('of which only the file is given and it is empty, admit nobody', () => {
    const access = load({ allowFile: 'allow.txt' }, { 'allow.txt': '# nobody yet\n' })?.access
    expect(access).toEqual({ ipv4: new Uint32Array(), ipv6: new Uint32Array(), unix: false })
  })

  test('are refused with the line in their file, all that is wrong at once', () => {
    const files = { 'allow.txt': '10.0.0.0/8\nlocalhost\n10.0.0.0/33 # too long\n', 'deny.txt': '\n\n x' }
    expect(refusal({ allowFile: 'allow.txt', denyFile: 'deny.txt' }, files)).toEqual([
      './allow.txt:2:1: "localhost" is not a network; write an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
      './allow.txt:3:1: "10.0.0.0/33" has no valid length after the slash; write a number from 0 to 32',
      './deny.txt:3:2: "x" is not a network; write an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ])
  })

  test('are refused if a file cannot be read, with the place of its key', () => {
    expect(refusal({ denyFile: 'deny.txt' })).toEqual([
      './copyloop.json:7:19 listeners[0].denyFile: ./deny.txt: there is no such file; name one that exists',
    ])
    mkdirSync(join(directory, 'allow'))
    expect(refusal({ allow: ['0.0.0.0/0'], allowFile: 'allow' })).toEqual([
      expect.stringContaining('this is a directory; name a file in it'),
    ])
  })
})
