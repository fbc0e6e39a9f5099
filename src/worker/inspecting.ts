import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from '../config/schema.ts'
import type { InspectedListener } from '../inspection/host/sets/find-inspectors.ts'
import type { InspectionTroubles, WorkerInspection } from '../inspection/host/worker-inspection.ts'
import { atMostOnceASecond } from '../log/at-most.ts'
import type { ServingState } from '../serving/state.ts'

/** How long the threads may take to finish after the last connection has ended: to write a capture's last bytes, for instance. */
const SETTLE_WITHIN_MS = 1_000

/** The inspectors of a worker. Until a listener has one, nothing is loaded and no thread is started. */
export class Inspectors {
  readonly #settings: Config['inspection']
  readonly #workerCount: number
  readonly #troubles: InspectionTroubles
  #loaded: readonly InspectedListener[] = []
  #inspection: WorkerInspection | undefined

  constructor(settings: Config['inspection'], workerCount: number, troubles: InspectionTroubles) {
    this.#settings = settings
    this.#workerCount = workerCount
    this.#troubles = troubles
  }

  /** What is counted of them, and how they do; undefined while there is none. */
  get running(): WorkerInspection | undefined {
    return this.#inspection
  }

  /**
   * Loads the inspectors of a state, where they are others than those of the state before.
   *
   * @throws {InspectorsWrong} if one cannot be loaded, or its options are wrong; everything stays as it was then
   */
  async load({ listeners }: ServingState): Promise<void> {
    const wanted = [...listeners].flatMap(([name, { inspect }]) => (inspect.length > 0 ? { name, inspect } : []))
    if (isDeepStrictEqual(wanted, this.#loaded)) return
    if (this.#inspection) await this.#inspection.loadInspectors(wanted)
    else this.#inspection = await this.#open(wanted)
    this.#loaded = wanted
  }

  /** After the last connection. */
  async end(): Promise<void> {
    await this.#inspection?.settle(SETTLE_WITHIN_MS)
    this.#inspection?.close()
  }

  async #open(listeners: readonly InspectedListener[]): Promise<WorkerInspection> {
    const { threadsFor } = await import('../inspection/host/threads/thread-choice.ts')
    const { openInspection } = await import('../inspection/host/worker-inspection.ts')
    const { memoryBytes, threads } = this.#settings
    const inspection = await openInspection({ listeners, memoryBytes, threads: threadsFor(threads, this.#workerCount) })
    inspection.troubles = this.#troubles
    return inspection
  }
}

/** Logs what goes wrong with inspectors, failures at most once a second: each connection's own is in its line as well. */
export const inspectionLogger = (logger: Logger): InspectionTroubles => ({
  onThreadEnd: (reason) => logger.error({ reason }, 'a thread of inspectors has ended, another takes its place'),
  onThreadStuck: () =>
    logger.error(
      'a thread of inspectors cannot be ended, and may keep a core busy until its worker ends: restart soon',
    ),
  onFailure: atMostOnceASecond((failures, { name, contentHash }, { id }, { reason, stack, final }) => {
    const what = final ? 'its connection is closed' : 'its connection goes on without it'
    logger.warn(
      { connectionId: id, inspector: `${name}@${contentHash}`, reason, stack, failures },
      `an inspector failed, ${what}`,
    )
  }),
})
