import { readFileSync } from 'node:fs'

/** Descriptors a worker needs beside its connections: logs, listening sockets, IPC, epoll, DNS. */
const RESERVE = 64

/** RLIMIT_NOFILE of this process and what it forks. Node has already raised the soft limit to the hard one. */
const descriptorLimit = (limits: string): number => {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

const readLimits = (): string => {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}

/**
 * Says what is wrong when a worker may open fewer descriptors than its share of `maxConnections` needs: two for each
 * connection. Undefined when they suffice, or when the limit is not known (no /proc).
 */
export const descriptorWarning = (
  maxConnections: number,
  workers: number,
  limits: string = readLimits(),
): string | undefined => {
  const limit = descriptorLimit(limits)
  const needed = 2 * Math.ceil(maxConnections / workers) + RESERVE
  if (limit >= needed) return undefined
  const enough = Math.max(0, Math.floor((limit - RESERVE) / 2)) * workers
  return (
    `each worker may open ${limit} files but needs ${needed} for its share of maxConnections: ` +
    `raise the limit (ulimit -n, LimitNOFILE=) or set maxConnections to ${enough} in all`
  )
}
