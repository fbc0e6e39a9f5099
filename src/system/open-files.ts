import { readFileSync } from 'node:fs'

const readLimits = (): string => {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}

/**
 * How many files this process, and what it forks, may have open: RLIMIT_NOFILE, of which Node has already raised the
 * soft limit to the hard one. Infinite where it is not known (no /proc).
 */
export const openFilesLimit = (limits: string = readLimits()): number => {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** A process has open what it may (`EMFILE`), or the whole system has (`ENFILE`). */
export const isOutOfFiles = (error: unknown): boolean =>
  error instanceof Error && ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Descriptors that a worker needs beside its connections: logs, listening sockets, IPC, epoll, DNS. */
const RESERVE = 64
const A_CONNECTION = 2

/** How many connections a process can serve that may have so many files open. */
export const connectionsWithin = (limit: number): number => Math.max(0, Math.floor((limit - RESERVE) / A_CONNECTION))

/** How many files a process must be allowed to serve so many connections. */
export const filesFor = (connections: number): number => A_CONNECTION * connections + RESERVE
