import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each test file has its own process: descriptors and timers are counted by some of them.
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/support/skipped-tests.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
