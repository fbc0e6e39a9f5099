import { readdirSync, readFileSync } from 'node:fs'

const readLimits = (pid: number | 'self' = 'self'): string => {
  try {
    return readFileSync(`/proc/${pid}/limits`, 'utf8')
  } catch {
    return ''
  }
}

/**
 * How many files this process, and each of its children, may have open: RLIMIT_NOFILE. Node has already raised the soft
 * limit to the hard one. Infinite if it is not known (no /proc).
 */
export const openFilesLimit = (limits: string = readLimits()): number => {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** How many files a process may have open. Undefined where it has no limit, or it is not known. */
export const openFilesLimitOf = (pid: number): number | undefined => {
  const limit = openFilesLimit(readLimits(pid))
  return Number.isFinite(limit) ? limit : undefined
}

/** How many files a process has open: proc_pid_fd(5). Undefined on other systems, and for one that has ended. */
export const openFilesOf = (pid: number): number | undefined => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}

/** The process is at its limit of open files (`EMFILE`), or the whole system is (`ENFILE`). */
export const isOutOfFiles = (error: unknown): boolean =>
  error instanceof Error && ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Descriptors that a worker needs beside its connections: logs, listening sockets, IPC, epoll, DNS. */
const RESERVE = 64
const A_CONNECTION = 2

/** How many connections a process can serve with this limit of open files. */
export const connectionsWithin = (limit: number): number => Math.max(0, Math.floor((limit - RESERVE) / A_CONNECTION))

/** The limit of open files that this many connections need. */
export const filesFor = (connections: number): number => A_CONNECTION * connections + RESERVE
