import { spawnSync } from 'node:child_process'

export const hasPromtool = spawnSync('promtool', ['--version']).status === 0

/** What `promtool check` says of its input, or of the files that are named: `{ status: 0, stderr: '' }` if all is well. */
export const promtoolCheck = (subject: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', ...subject], { input, encoding: 'utf8' })
  return { status, stdout, stderr }
}
