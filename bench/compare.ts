import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './measure/children.ts'
import { projectRoot } from './paths.ts'
import type { Revision } from './peers/choose.ts'

/** Checks `name` out into a folder of its own, with its packages, built. The folder is gone at the end. */
export const prepareRevision = async (name: string): Promise<Revision> => {
  const root = join(mkdtempSync(join(tmpdir(), 'copyloop-bench-revision-')), 'copyloop')
  git('worktree', 'add', '--detach', root, name)
  atEnd(() => {
    rmSync(join(root, '..'), { recursive: true, force: true })
    git('worktree', 'prune')
  })
  if (lockOf(root) === lockOf(projectRoot)) symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'))
  else installPackages(root)
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  return { name, root }
}

/**
 * The locked packages; a lock that `npm ci` refuses (a platform's package is missing) is still followed by `install`.
 */
const installPackages = (root: string): void => {
  const options = { cwd: root, stdio: 'ignore' } as const
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], options)
  } catch {
    process.stderr.write('npm ci refused the lock of that revision: npm install instead\n')
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { ...options, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

const git = (...args: string[]): void => {
  execFileSync('git', args, { cwd: projectRoot, stdio: ['ignore', 'ignore', 'inherit'] })
}

const lockOf = (root: string): string => {
  return readFileSync(join(root, 'package-lock.json'), 'utf8')
}
