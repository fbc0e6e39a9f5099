import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { cpuQuota, usableCores } from '../../src/primary/workers/cores.ts'

const from = (files: Record<string, string>) => (path: string) => files[path]

test('cgroup v2: the smallest quota of the group and those above it counts', () => {
  const read = from({
    '/proc/self/cgroup': '0::/system.slice/copyloop.service\n',
    '/sys/fs/cgroup/system.slice/copyloop.service/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/system.slice/cpu.max': '150000 100000\n',
  })
  expect(cpuQuota(read)).toBe(1.5)
})

test('cgroup v2 in a container, where the group is the root', () => {
  expect(cpuQuota(from({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '50000 100000\n' }))).toBe(0.5)
})

test('cgroup v1', () => {
  const read = from({
    '/proc/self/cgroup': '4:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n2:cpuset:/docker/a\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '250000\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  })
  expect(cpuQuota(read)).toBe(2.5)
})

test.each([
  ['no cgroups', {}],
  ['v2 without a limit', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }],
  [
    'v1 without a limit',
    {
      '/proc/self/cgroup': '1:cpu:/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
  ],
  ['something else in the file', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'nonsense\n' }],
])('%s: no quota', (_, files) => {
  expect(cpuQuota(from(files))).toBe(Number.POSITIVE_INFINITY)
})

test('at least one core is usable, and never more than the machine has', () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1)
  expect(usableCores()).toBeLessThanOrEqual(availableParallelism())
})
