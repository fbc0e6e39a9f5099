/**
 * Inspection in one worker, top to bottom: load the inspectors into every thread, pin each connection to one of them,
 * and replace what ends.
 *
 *     engine ── chunk ──▶ InspectedConnection ──▶ Slot ── a batch ──▶ thread: Chain ──▶ inspector, inspector, …
 *            ◀─ what goes on ─┘  (keeps the bytes)  ◀── answers ──┘
 */
import { availableParallelism } from 'node:os'
import type { Config } from '../../config/schema.ts'
import type { Inspect } from '../../proxy/inspector.ts'
import type { ConnectionRecord } from '../../proxy/record.ts'
import type { Entry } from '../../stats/totals.ts'
import type { ConnectionInfo } from '../api/define-inspector.ts'
import type { Failure } from '../shared/messages.ts'
import { InspectedConnection, type InspectionEvents } from './connection-inspection.ts'
import { findInspectors, type Generation, type InspectedListener, type InspectorPlan } from './inspector-set.ts'
import { ThreadCounts } from './thread-counts.ts'
import { Slot } from './thread-slot.ts'
import { tryLoading } from './trial-load.ts'

export interface InspectionOptions {
  readonly listeners: readonly InspectedListener[]
  readonly threads: number
  readonly memoryBytes: number
}

/** What goes wrong, for the log. */
export interface InspectionTroubles {
  /** A thread has ended, and another takes its place. */
  onThreadEnd(reason: string): void
  /** A thread was told to end and does not. */
  onThreadStuck(): void
  /** An inspector failed for a connection. */
  onFailure(inspector: InspectorPlan, connection: ConnectionInfo, failure: Failure): void
}

/**
 * Two, so that one connection's inspector that hangs does not stop all others. One where other workers see to that and
 * take every core: a second thread would have no core, and what waits would be asked in smaller batches.
 */
export const threadsFor = (
  wanted: Config['inspection']['threads'],
  workerCount: number,
  cores = availableParallelism(),
): number => {
  if (wanted !== 'auto') return wanted
  const othersTakeEveryCore = workerCount > 1 && workerCount >= cores
  return othersTakeEveryCore || workerCount > 8 ? 1 : 2
}

/**
 * Starts the threads and loads every inspector into each.
 *
 * @throws {InspectorsWrong} if one cannot be loaded, or its options are wrong
 */
export const openInspection = async (options: InspectionOptions): Promise<WorkerInspection> => {
  const inspection = new WorkerInspection(options)
  try {
    await inspection.start(options.listeners)
    return inspection
  } catch (error) {
    inspection.close()
    throw error
  }
}

export class WorkerInspection implements InspectionEvents {
  /** Who hears of trouble. */
  troubles: InspectionTroubles | undefined
  readonly #counts = new ThreadCounts()
  readonly #slots: readonly Slot[]
  readonly #connections = new Set<InspectedConnection>()
  /** Those that connections still use. */
  readonly #generations = new Map<number, { connections: number }>()
  #current: Generation = { number: 0, wanted: {}, plans: new Map() }
  #lastNumber = 0
  #lastConnection = 0

  constructor({ threads, memoryBytes }: InspectionOptions) {
    this.#slots = Array.from({ length: threads }, () => {
      const slot: Slot = new Slot(memoryBytes, this.#counts, {
        onEnd: (reason) => {
          this.troubles?.onThreadEnd(reason)
          slot.replace(() => this.#current)
        },
        onStuck: () => this.troubles?.onThreadStuck(),
      })
      return slot
    })
  }

  async start(listeners: readonly InspectedListener[]): Promise<void> {
    const version = { number: ++this.#lastNumber, wanted: await findInspectors(listeners) }
    // What takes the place of a thread that ends before all others have loaded it.
    this.#current = { ...version, plans: new Map() }
    const [plans] = await Promise.all(this.#slots.map((slot) => slot.start(version)))
    if (plans) this.#use({ ...version, plans })
  }

  /**
   * Loads what the files of the inspectors hold now. New connections begin with it; those that live keep the version
   * that they began with.
   *
   * @throws {InspectorsWrong} if one cannot be loaded; everything stays as it was then
   */
  async loadInspectors(listeners: readonly InspectedListener[]): Promise<void> {
    const version = { number: ++this.#lastNumber, wanted: await findInspectors(listeners) }
    // In a thread of its own first: whatever it does there harms no connection.
    await tryLoading(version)
    const ready = this.#slots.filter(({ state }) => state === 'ready')
    const [plans] = await Promise.all(ready.map((slot) => slot.load(version)))
    if (plans === undefined) throw new Error('no thread can load inspectors now')
    this.#use({ ...version, plans })
  }

  /** Begins the inspection of a listener's connections. `idOf` names them as the log does. */
  inspect(listener: string, idOf: (record: ConnectionRecord) => string): Inspect {
    return (connection, server) => {
      const { record } = connection
      const info = { id: idOf(record), listener, client: record.client.remote, upstream: record.upstream, server }
      const { number, plans } = this.#current
      const inspected = new InspectedConnection(
        ++this.#lastConnection,
        number,
        connection,
        info,
        plans.get(listener) ?? [],
        this.#leastLoaded(),
        this,
      )
      this.#connections.add(inspected)
      this.#users(number).connections += 1
      return inspected
    }
  }

  failed(plan: InspectorPlan, info: ConnectionInfo, failure: Failure, counted: 'by the thread' | 'not yet'): void {
    if (counted === 'not yet') this.#counts.failure(info.listener, plan.name)
    this.troubles?.onFailure(plan, info, failure)
  }

  ended(connection: InspectedConnection): void {
    this.#connections.delete(connection)
    this.#users(connection.generation).connections -= 1
    this.#forgetUnused()
  }

  /** What has been counted, and how things stand now. */
  counts(): readonly Entry[] {
    const sum = this.#counts.sum()
    const threads = this.#slots.filter(({ state }) => state === 'ready').length
    for (const { counts } of sum.entries('inspector')) counts.threads = threads
    for (const { listener, waiting } of this.#connections) {
      for (const { counts } of sum.entries('inspector', listener)) counts.queueLength += waiting
    }
    return sum.all()
  }

  /** Resolves when the threads have done everything that was asked of them, or after `withinMs`. */
  async settle(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    while (this.#slots.some((slot) => slot.state === 'ready' && !slot.isIdle) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  close(): void {
    for (const slot of this.#slots) slot.close()
  }

  #use(generation: Generation): void {
    this.#counts.name(generation.number, generation.plans)
    this.#current = generation
    this.#forgetUnused()
  }

  #users(generation: number): { connections: number } {
    const found = this.#generations.get(generation) ?? { connections: 0 }
    this.#generations.set(generation, found)
    return found
  }

  #forgetUnused(): void {
    for (const [number, { connections }] of this.#generations) {
      if (connections > 0 || number === this.#current.number) continue
      this.#generations.delete(number)
      for (const slot of this.#slots) slot.unload(number)
    }
  }

  /** A thread that starts will take its connections' chunks when it runs; one that has ended may never. */
  #leastLoaded(): Slot | undefined {
    const usable = this.#slots.filter((slot) => slot.serves(this.#current.number))
    const candidates = usable.length > 0 ? usable : this.#slots.filter(({ state }) => state === 'starting')
    return candidates.reduce<Slot | undefined>(
      (best, slot) => (best === undefined || slot.pinned.size < best.pinned.size ? slot : best),
      undefined,
    )
  }
}
