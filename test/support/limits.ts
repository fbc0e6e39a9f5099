import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Whether another process's limits can be set here (prlimit(1) of util-linux), or why not. */
export const canLimit = (): boolean => spawnSync('prlimit', ['--version']).status === 0

const descriptorsOf = (pid: number): Set<number> => new Set(readdirSync(`/proc/${pid}/fd`).map(Number))

/**
 * Leaves a process exactly `free` descriptors to open from now on: RLIMIT_NOFILE bounds the numbers, of which the lowest
 * free one is taken.
 */
export const leaveDescriptors = (pid: number, free: number): void => {
  const used = descriptorsOf(pid)
  let limit = 0
  for (let left = free; left > 0 || used.has(limit); limit++) if (!used.has(limit)) left -= 1
  setLimit(pid, limit)
}

/** Leaves a process no descriptor, also when it closes some: its lowest numbers are those of the standard streams. */
export const leaveNoDescriptor = (pid: number): void => setLimit(pid, 3)

/** Gives a process back what `leaveDescriptors` or `leaveNoDescriptor` took. */
export const restoreDescriptors = (pid: number): void => setLimit(pid, hardLimit(pid))

/** Root may always fork: for tests as root, a user that runs nothing else, as the begin of a command line. */
export const WITHOUT_PRIVILEGES =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=64242', '--regid=64242', '--clear-groups'] : []

/** From now on a process of that user may start no other (RLIMIT_NPROC). */
export const refuseForks = (pid: number): void => prlimit(pid, '--nproc=1:', WITHOUT_PRIVILEGES)

export const allowForks = (pid: number): void => {
  prlimit(pid, `--nproc=${hardOf(pid, 'processes')}:`, WITHOUT_PRIVILEGES)
}

export const hardLimit = (pid: number): number => Number(hardOf(pid, 'open files'))

const hardOf = (pid: number, what: string): string => {
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
  const hard = new RegExp(`^Max ${what}\\s+\\S+\\s+(\\d+|unlimited)`, 'm').exec(limits)?.[1]
  if (hard === undefined) throw new Error(`the process has no limit of ${what}`)
  return hard
}

const setLimit = (pid: number, soft: number): void => prlimit(pid, `--nofile=${soft}:`)

const prlimit = (pid: number, limit: string, before: readonly string[] = []): void => {
  const [command = '', ...args] = [...before, 'prlimit', `--pid=${pid}`, limit]
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`prlimit: ${stderr}`)
}

/** Descriptors of a process that are open now, its sockets alone if asked. */
export const countDescriptorsOf = (pid: number): number => descriptorsOf(pid).size

/** Pipes that a process has open now. */
export const countPipesOf = (pid: number): number =>
  new Set(
    [...descriptorsOf(pid)].flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)].filter((target) => target.startsWith('pipe:'))
      } catch {
        return [] // closed meanwhile
      }
    }),
  ).size

const TICKS_A_SECOND = 100

/** CPU time that a process has used, in ms: proc_pid_stat(5) utime and stime. */
export const cpuMsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND
}
