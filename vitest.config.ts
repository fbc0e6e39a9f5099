import { defineConfig } from 'vitest/config'

/** What these tests look at is what the machine does meanwhile: nothing else runs beside them. */
const ALONE = 'test/alone/**/*.test.ts'

export default defineConfig({
  test: {
    // Each test file has its own process: descriptors and timers are counted by some of them.
    pool: 'forks',
    reporters: ['default', './test/support/skipped-tests.ts'],
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
          exclude: [ALONE],
          // Most of them wait most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: [ALONE], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
