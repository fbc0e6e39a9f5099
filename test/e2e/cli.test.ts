import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Copyloop, endAll, newDirectory, relayTo, writeConfig } from './support/proxy.ts'

afterEach(endAll)

const run = async (...args: string[]) => {
  const copyloop = new Copyloop(args, { NO_COLOR: '1' })
  return { code: await copyloop.exited, stdout: copyloop.stdout, stderr: copyloop.stderr }
}

test('--version is the one of package.json', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test.each([[], ['run'], ['demo'], ['check'], ['schema']])(
  'copyloop %s --help shows an example on stdout',
  async (...command) => {
    const { code, stdout, stderr } = await run(...command, '--help')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/Examples?:\n.*copyloop /)
  },
)

test('a misspelt command is wrong usage, and the nearest is suggested', async () => {
  const { code, stdout, stderr } = await run('rnu')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('Did you mean run?')
})

test.each([
  ['no command', [], 'Usage: copyloop'],
  ['an unknown option', ['run', '--lisen', ':80'], 'Did you mean --listen?'],
  ['a file and flags', ['run', '-c', 'x.yaml', '--listen', ':0', '--to', 'localhost:1'], 'not both'],
  ['--to alone', ['run', '--to', 'localhost:1'], '--listen is missing'],
  ['--listen alone', ['run', '--listen', ':0'], '--to is missing'],
  ['too many words', ['run', 'copyloop.yaml'], 'too many arguments'],
  ['--or-start alone', ['run', '--or-start'], '--or-start is for --take-over'],
])('%s is wrong usage', async (_, args, says) => {
  const { code, stdout, stderr } = await run(...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(says)
})

test('--listen and --to may be repeated, and each of them counts', async () => {
  const repeated = ['--listen', ':80x', '--listen', ':81x', '--to', 'a:82x', '--to', 'b:83x,c:84x']
  const { code, stderr } = await run('run', ...repeated)
  expect(code).toBe(2)
  for (const port of ['80x', '81x', '82x', '83x', '84x']) expect(stderr).toContain(`"${port}" is not a port`)
})

test.each([
  ['run', '--workers'],
  ['run', '--engine'],
  ['run', '--admin'],
  ['run', '--config'],
  ['demo', '--listen'],
  ['check', '--config'],
])('%s %s twice is wrong usage', async (command, flag) => {
  const { code, stderr } = await run(command, flag, '1', flag, '1')
  expect(code).toBe(2)
  expect(stderr).toContain(`error: ${flag} is given twice; give it once`)
})

test('a wrong config ends with 78 and every problem in a line', async () => {
  const file = writeConfig({
    listeners: [{ name: 'web', listen: '127.0.0.1:80x', upstream: 'ap' }],
    upstreams: [],
    wrokers: 1,
  })
  const { code, stdout, stderr } = await run('run', '-c', file)
  expect([code, stdout]).toEqual([78, ''])
  expect(stderr.trimEnd().split('\n').length).toBeGreaterThanOrEqual(3)
  expect(stderr).toContain('80x')
  expect(stderr).toContain('wrokers')
  expect(stderr).not.toContain('    at ')
})

test('every flag with a wrong value is named, and it is wrong usage', async () => {
  const { code, stderr } = await run('run', '--listen', 'nonsense', '--to', 'localhost:0', '--workers', 'many')
  expect(code).toBe(2)
  for (const flag of ['--listen', '--to', '--workers']) expect(stderr).toContain(flag)
})

test.each([
  [['--workers', '0'], '--workers: 0 is not valid here; write auto, or a whole number from 1'],
  [['--workers', 'x'], '--workers: "x" is not valid here; write auto, or a whole number from 1'],
  [['--engine', 'foo'], '--engine: "foo" is not valid here; write auto, kernel or streams'],
  [['--admin', ':9901'], '--admin: '],
])('%s is wrong usage, with a file and without', async (flag, says) => {
  const file = writeConfig({ ...relayTo('127.0.0.1:1') })
  for (const args of [
    ['-c', file],
    ['--listen', '127.0.0.1:0', '--to', '127.0.0.1:1'],
  ]) {
    const { code, stdout, stderr } = await run('run', ...args, ...flag)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).toContain('(see --help)')
  }
})

test('a wrong address of the demo is wrong usage', async () => {
  expect(await run('demo', '--listen', 'nonsense')).toMatchObject({ code: 2, stdout: '' })
})

test('with no file and no flags it says what to pass, and takes copyloop.yaml where there is one', async () => {
  const directory = newDirectory()
  const nothing = new Copyloop(['run', '--admin', 'off'], {}, directory)
  expect(await nothing.exited).toBe(2)
  expect(nothing.stderr).toContain('there is no copyloop.yaml here; pass -c FILE, or --listen ADDRESS --to SERVER')
  writeFileSync(join(directory, 'copyloop.yaml'), 'wrokers: 1')
  const wrong = new Copyloop(['run'], {}, directory)
  expect(await wrong.exited).toBe(78)
  expect(wrong.stderr).toContain('copyloop.yaml:1:1 wrokers')
})

test('a config file that is not there is named', async () => {
  const { code, stderr } = await run('run', '-c', `${newDirectory()}/copyloop.yaml`)
  expect(code).toBe(78)
  expect(stderr).toContain('there is no such file')
})
