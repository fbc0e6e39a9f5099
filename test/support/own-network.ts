import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))

const unshare = (...args: string[]) => spawnSync('unshare', ['-rn', process.execPath, ...args], { encoding: 'utf8' })

/** Why no process can have a network of its own here (unshare(1)); empty if it can. */
export const whyNoOwnNetwork = (): string =>
  unshare('--eval', '').status === 0 ? '' : 'unshare -rn does not work here: no network of its own'

/**
 * Runs `child` with the copyloop that is built and an engine's name, in a network of its own.
 *
 * @returns what it prints as JSON
 * @throws Error with what it says on stderr
 */
export const runInOwnNetwork = (child: URL, engine: string): unknown => {
  const { status, stdout, stderr } = unshare(fileURLToPath(child), DIST, engine)
  if (status !== 0 || stderr !== '') throw new Error(`exit ${status}: ${stderr}`)
  return JSON.parse(stdout)
}
