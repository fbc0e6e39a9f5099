import { existsSync, readFileSync } from 'node:fs'

/**
 * How long a process has waited for a core so far, in ms: the second number of proc_pid_schedstat(5). 0 where the system
 * does not say.
 */
export const waitedForCoreMs = (pid: number): number => {
  const file = `/proc/${pid}/schedstat`
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0
}
