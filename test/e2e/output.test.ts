/** Whatever a command says arrives, however slowly it is read. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newDirectory } from './support/proxy.ts'

const PROBLEMS = 1500
const directory = newDirectory()
const wrong = join(directory, 'wrong.yaml')
const servers = Array.from({ length: PROBLEMS }, (_, index) => `    - bad${index}\n`).join('')
writeFileSync(wrong, `listeners: [{ name: a, listen: :1, upstream: u }]\nupstreams:\n- name: u\n  servers:\n${servers}`)

const file = (name: string): string => readFileSync(join(directory, name), 'utf8')

/** Runs a shell script in which `copyloop` is ours. */
const shell = (script: string): void => {
  const copyloop = `copyloop() { "${process.execPath}" "${join(process.cwd(), 'dist/cli.js')}" "$@"; }`
  execFileSync('sh', ['-c', `${copyloop}\n${script}`], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] })
}

test('all of check --json, 300 KiB of it, arrives in a pipe', () => {
  shell('{ copyloop check -c wrong.yaml --json; echo $? > code; } | cat > out')
  expect(JSON.parse(file('out')).problems).toHaveLength(PROBLEMS)
  expect(file('code')).toBe('78\n')
})

test.each(['check', 'run'])('all that %s says on stderr arrives in a pipe', (command) => {
  shell(`{ copyloop ${command} -c wrong.yaml 2>&1 >/dev/null; echo $? > code; } | cat > out`)
  expect(file('out').trimEnd().split('\n')).toHaveLength(PROBLEMS)
  expect(file('code')).toBe('78\n')
})

test('a reader that has seen enough ends nothing with a stack trace', () => {
  shell(`{ copyloop check -c wrong.yaml --json 2> err; echo $? > code; } | head -c 10 > out`)
  expect([file('out').length, file('err'), file('code')]).toEqual([10, '', '78\n'])
})

test('output that cannot be written is said to be so, and the command has failed', () => {
  shell('copyloop schema > /dev/full 2> err; echo $? > code')
  expect([file('err'), file('code')]).toEqual([
    'copyloop: the output cannot be written: ENOSPC: no space left on device, write\n',
    '1\n',
  ])
})

test.each([
  ['check -c wrong.yaml', 78],
  ['run -c wrong.yaml', 78],
  ['run --unknown', 2],
  ['schema', 1],
])('%s ends where neither its output nor its complaint can be written', (command, code) => {
  shell(
    `timeout 20 "${process.execPath}" "${join(process.cwd(), 'dist/cli.js')}" ${command} > /dev/full 2>&1; echo $? > code`,
  )
  expect(file('code')).toBe(`${code}\n`)
})
