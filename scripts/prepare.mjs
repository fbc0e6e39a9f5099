/**
 * npm's `prepare`: builds `dist` after `npm ci`, before `npm pack` and `npm publish`, and when the package is installed
 * from a git URL. It does nothing where there is nothing to build, or nothing to build it with.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'

const command = process.env.npm_command ?? ''
const packs = command === 'pack' || command === 'publish'

const npm = (...args) => {
  // Not to stdout: `npm pack --json` and the name that `npm pack` prints are read by scripts.
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync('src')) {
  // A layer of a container image that has only package.json yet.
} else if (existsSync('node_modules/typescript')) {
  // What was built of sources that have gone must not be shipped.
  if (packs) rmSync('dist', { recursive: true, force: true })
  npm('run', 'build')
} else if (packs) {
  npm('ci', '--no-audit', '--no-fund') // which comes here again, and builds
} else {
  console.error('copyloop is not built: TypeScript is a development dependency; npm ci && npm run build')
}
