import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { posix } from 'node:path'

/** The text of a file, or undefined if it cannot be read. */
type ReadText = (path: string) => string | undefined

const CGROUPS = '/sys/fs/cgroup'

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** `/a/b` → `/a/b`, `/a`, `/`: a quota holds for everything below it. */
const selfAndAbove = (path: string): string[] => (path === '/' ? ['/'] : [path, ...selfAndAbove(posix.dirname(path))])

/** cgroup v2: `cpu.max` is `<quota> <period>` in µs, or `max <period>`. */
const quotaV2 = (read: ReadText, group: string): number => {
  const [quota, period] = (read(posix.join(CGROUPS, group, 'cpu.max')) ?? '').split(' ').map(Number)
  return quota && period ? quota / period : Number.POSITIVE_INFINITY
}

/** cgroup v1: a quota of -1 is none. */
const quotaV1 = (read: ReadText, group: string): number => {
  const quota = Number(read(posix.join(CGROUPS, 'cpu', group, 'cpu.cfs_quota_us')) ?? -1)
  const period = Number(read(posix.join(CGROUPS, 'cpu', group, 'cpu.cfs_period_us')) ?? 0)
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY
}

/** CPUs that this process's cgroups grant it; infinite where there is no limit. A line is `<id>:<controllers>:<path>`. */
export const cpuQuota = (read: ReadText = readText): number => {
  const quotas = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [id, controllers = '', group = '/'] = line.split(':')
    if (id === '0') return selfAndAbove(group).map((path) => quotaV2(read, path))
    return controllers.split(',').includes('cpu') ? selfAndAbove(group).map((path) => quotaV1(read, path)) : []
  })
  return Math.min(Number.POSITIVE_INFINITY, ...quotas)
}

/** What `workers: auto` means: the cores that this process may use. Node 20 counts affinity but not the cgroup's quota. */
export const usableCores = (): number => Math.max(1, Math.min(availableParallelism(), Math.ceil(cpuQuota())))
