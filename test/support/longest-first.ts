import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest files. What begins last should not be long: then one worker is busy, and the others wait for it. */
const LONGEST = [
  'test/faults/stuck-log.test.ts',
  'test/engine/kernel.test.ts',
  'test/engine/streams.test.ts',
  'test/e2e/reload.test.ts',
  'test/e2e/admin-limits.test.ts',
  'test/e2e/queue.test.ts',
  'test/e2e/hand-over-postgres.test.ts',
  'test/faults/srv-records.test.ts',
  'test/package/package.test.ts',
  'test/e2e/pm2.test.ts',
  'test/e2e/connections.test.ts',
  'test/e2e/balancing.test.ts',
  'test/e2e/grafana-and-alerts.test.ts',
  'test/e2e/reload-leaks.test.ts',
  'test/engine/streams-without-koffi.test.ts',
  'test/primary/admin/events/event-streams.test.ts',
  'test/faults/full-log.test.ts',
]

/** Begins with the longest files of a project. A fresh clone has no durations of an earlier run, and vitest then goes by size. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const known = LONGEST.indexOf(relative(this.ctx.config.root, moduleId))
      // Later projects stay behind, and so do files that share a process.
      return known < 0 || !project.config.isolate ? LONGEST.length : known
    }
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other))
  }
}
