import type { Logger } from 'pino'
import type { Config } from '../config/schema.ts'
import type { InspectionTroubles, WorkerInspection } from '../inspection/inspection.ts'
import { atMostOnceASecond } from '../log/at-most-once-a-second.ts'

/**
 * Starts the inspectors of a config. Where it has none, nothing is loaded and no thread is started.
 *
 * @throws {InspectorsWrong} if one cannot be loaded, or its options are wrong
 */
export const startInspecting = async (config: Config, workerCount: number): Promise<WorkerInspection | undefined> => {
  const { listeners, inspection } = config
  if (listeners.every(({ inspect }) => inspect.length === 0)) return undefined
  const { openInspection, threadsFor } = await import('../inspection/inspection.ts')
  const { memoryBytes } = inspection
  return openInspection({ listeners, memoryBytes, threads: threadsFor(inspection.threads, workerCount) })
}

/** Logs what goes wrong with inspectors, failures at most once a second: each connection's own is in its line as well. */
export const inspectionLogger = (logger: Logger): InspectionTroubles => ({
  onThreadEnd: (reason) => logger.error({ reason }, 'a thread of inspectors has ended, another takes its place'),
  onThreadStuck: () =>
    logger.error(
      'a thread of inspectors cannot be ended, and may keep a core busy until its worker ends: restart soon',
    ),
  onFailure: atMostOnceASecond((failures, { name, version }, { id }, { reason, stack, final }) => {
    const what = final ? 'its connection is closed' : 'its connection goes on without it'
    logger.warn(
      { connectionId: id, inspector: `${name}@${version}`, reason, stack, failures },
      `an inspector failed, ${what}`,
    )
  }),
})
