import { defineConfig } from 'vitest/config'
import LongestFirst from './test/support/longest-first.ts'

/** What these tests look at is what the machine does meanwhile: nothing else runs beside them. */
const ALONE = 'test/alone/**/*.test.ts'

/**
 * These look at what is computed, and put back what they replace: a process for each would cost more than they do. A test
 * that opens sockets, mocks a module, or counts what its process has open, belongs elsewhere.
 */
const COMPUTED = [
  'test/{commands,config,dashboard,serving,upstream}/**/*.test.ts',
  'test/primary/{limits,reload,servers}/**/*.test.ts',
  'test/proxy/admit/{access,limits,proxy-header}/**/*.test.ts',
]

/** Most of them wait most of the time. */
const AT_ONCE = 4

export default defineConfig({
  test: {
    // Where nothing else is said each file has its own process: descriptors and timers are counted by some of them.
    pool: 'forks',
    reporters: ['default', './test/support/skipped-tests.ts'],
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The machine may be busy with other things.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'beside each other',
          include: ['test/**/*.test.ts'],
          exclude: [ALONE, ...COMPUTED],
          maxWorkers: AT_ONCE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'in shared processes',
          include: COMPUTED,
          isolate: false,
          maxWorkers: AT_ONCE,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: [ALONE], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
