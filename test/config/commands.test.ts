import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addCheck } from '../../src/commands/check.ts'
import { addSchema } from '../../src/commands/schema.ts'
import { good, withTop } from './problems-of.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-check-'))
afterAll(() => rmSync(directory, { recursive: true }))
const rightFile = join(directory, 'right.yaml')
const wrongFile = join(directory, 'wrong.yaml')
writeFileSync(rightFile, good)
writeFileSync(wrongFile, withTop('wrokers: 1\nworkers: 0'))

let stdout = ''
let stderr = ''

beforeEach(() => {
  stdout = stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    return true
  })
  vi.stubEnv('COPYLOOP_CONFIG', undefined)
  vi.stubEnv('COPYLOOP_LOG_LEVEL', undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  process.exitCode = undefined
})

const run = async (...words: string[]): Promise<typeof process.exitCode> => {
  const program = new Command('copyloop').exitOverride()
  addCheck(program)
  addSchema(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    // commander throws at the end of --help, where it would exit.
    expect(error).toMatchObject({ code: 'commander.helpDisplayed' })
  }
  return process.exitCode
}

describe('copyloop check', () => {
  it('says in one line that a config is fine', async () => {
    expect(await run('check', '-c', rightFile)).toBeUndefined()
    expect([stdout, stderr]).toEqual([`${rightFile} is fine: 1 listener, 1 upstream\n`, ''])
  })

  it('prints every problem on stderr, and ends with 78', async () => {
    expect(await run('check', '-c', wrongFile)).toBe(78)
    expect([stdout, stderr.split('\n')]).toEqual([
      '',
      [
        `${wrongFile}:9:1 wrokers: unknown key "wrokers"; did you mean "workers"?`,
        `${wrongFile}:10:10 workers: 0 is not valid here; write auto, or a whole number from 1 to 1024 without quotes`,
        '',
      ],
    ])
  })

  it('prints JSON on stdout for programs', async () => {
    expect(await run('check', '-c', rightFile, '--json')).toBeUndefined()
    expect(JSON.parse(stdout)).toEqual({ ok: true, problems: [] })
    stdout = ''
    expect(await run('check', '-c', wrongFile, '--json')).toBe(78)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [{ path: 'wrokers', line: 9 }, { line: 10 }] })
    expect(stderr).toBe('')
  })

  it('warns of what can hardly be meant, and ends with 0', async () => {
    const file = join(directory, 'queue.yaml')
    writeFileSync(
      file,
      good.replace('upstreams:\n  - name: app', 'upstreams:\n  - name: app\n    queue: { length: 5 }'),
    )
    const doubt = 'upstreams[0].queue: no client ever waits, because no server has maxConnections'
    expect(await run('check', '-c', file)).toBeUndefined()
    expect([stdout, stderr]).toEqual([`${file} is fine: 1 listener, 1 upstream\n`, `warning: ${doubt}\n`])
    stdout = ''
    expect(await run('check', '-c', file, '--json')).toBeUndefined()
    expect(JSON.parse(stdout)).toEqual({ ok: true, problems: [], warnings: [doubt] })
  })

  it('reads copyloop.yaml of the working directory, as run does', async () => {
    writeFileSync(join(directory, 'copyloop.yaml'), good)
    const before = process.cwd()
    process.chdir(directory)
    try {
      expect(await run('check')).toBeUndefined()
      expect(stdout).toBe('copyloop.yaml is fine: 1 listener, 1 upstream\n')
    } finally {
      process.chdir(before)
    }
  })

  it('takes the file from COPYLOOP_CONFIG, and without any it was used wrongly', async () => {
    expect(await run('check')).toBe(2)
    expect(stderr).toBe('error: there is no copyloop.yaml here; pass -c FILE\n')
    process.exitCode = undefined
    vi.stubEnv('COPYLOOP_CONFIG', rightFile)
    expect(await run('check')).toBeUndefined()
  })
})

describe('copyloop schema', () => {
  it('prints the JSON Schema', async () => {
    expect(await run('schema')).toBeUndefined()
    expect(JSON.parse(stdout)).toMatchObject({ title: 'copyloop config', required: ['listeners', 'upstreams'] })
  })
})

describe('the help', () => {
  it.each(['check', 'schema'])('of copyloop %s has an example', async (command) => {
    await run(command, '--help')
    expect(stdout).toMatch(/Examples?:\n {2}copyloop /)
  })
})
