/**
 * Inspection in one worker, top to bottom: load the inspectors into every thread, give each connection to one of them,
 * and replace what ends. The way of a chunk:
 *
 *     engine/tapped ── chunk ──▶ ConnectionInspection ──▶ ThreadQueue ──▶ ThreadChannel      (host/)
 *                    ◀ what goes on ─┘ (keeps the bytes)  ◀─ answers ─┘      │ Batch, DirectLine (shared/)
 *     ───────────────────────────────────────────────────────────────────────│────────────────────────────
 *                      inspector, inspector, … ◀── ChainLink ◀── Chain ◀── Chains            (thread/)
 *
 * Off that way: `ThreadSlot` starts and replaces threads, `HoldClock` limits how long bytes are held.
 */
import { holdsWithin } from '../../clock.ts'
import type { Inspect } from '../../proxy/inspector.ts'
import { type ConnectionRecord, clientOf } from '../../proxy/record.ts'
import type { Entry } from '../../stats/totals.ts'
import type { ConnectionInfo } from '../api/define-inspector.ts'
import type { Failure } from '../shared/messages.ts'
import { ConnectionInspection, type InspectionEvents } from './connection-inspection.ts'
import type { OpenQuestions } from './held-bytes.ts'
import { findInspectors, type InspectedListener } from './sets/find-inspectors.ts'
import type { InspectorPlan, InspectorSet, SetSource } from './sets/inspector-set.ts'
import { InspectorSets } from './sets/inspector-sets.ts'
import { tryLoading } from './sets/trial-load.ts'
import { ThreadCounts } from './threads/thread-counts.ts'
import { ThreadSlot } from './threads/thread-slot.ts'

export interface InspectionOptions {
  readonly listeners: readonly InspectedListener[]
  readonly threads: number
  readonly memoryBytes: number
}

/** Problems, for the log. */
export interface InspectionTroubles {
  /** A thread has ended, and another takes its place. */
  onThreadEnd(reason: string): void
  /** A thread was told to end and does not. */
  onThreadStuck(): void
  /** An inspector failed for a connection. */
  onFailure(inspector: InspectorPlan, connection: ConnectionInfo, failure: Failure): void
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
  /** Hears of trouble. */
  troubles: InspectionTroubles | undefined
  readonly #counts = new ThreadCounts()
  readonly #sets = new InspectorSets()
  readonly #slots: readonly ThreadSlot[]
  /** Of each listener. */
  readonly #questions = new Map<string, OpenQuestions>()
  #lastNumber = 0

  constructor({ threads, memoryBytes }: InspectionOptions) {
    const settings = { memoryBytes, counts: this.#counts, sets: this.#sets }
    const events = {
      onEnd: (reason: string) => this.troubles?.onThreadEnd(reason),
      onStuck: () => this.troubles?.onThreadStuck(),
    }
    this.#slots = Array.from({ length: threads }, () => new ThreadSlot(settings, events))
  }

  async start(listeners: readonly InspectedListener[]): Promise<void> {
    const source = this.#sets.next(await findInspectors(listeners))
    // The threads load it, also one that takes the place of a thread that ends before all others have loaded it.
    this.#sets.current = { ...source, plans: new Map() }
    const [plans] = await Promise.all(this.#slots.map((slot) => slot.start()))
    if (plans) this.#use({ ...source, plans })
  }

  /**
   * Loads what the files of the inspectors hold now. New connections begin with it; those that live keep the set that
   * they began with.
   *
   * @throws {InspectorsWrong} if one cannot be loaded; everything stays as it was then
   */
  async loadInspectors(listeners: readonly InspectedListener[]): Promise<void> {
    const source = this.#sets.next(await findInspectors(listeners))
    // In a thread of its own first: whatever it does there harms no connection.
    const plans = await tryLoading(source.sources)
    await this.#loadInto(source)
    this.#use({ ...source, plans })
  }

  /** Loads a set into each thread that is ready, also those that become so meanwhile. Others load it as they start. */
  async #loadInto(source: SetSource): Promise<void> {
    const lacking = this.#slots.filter((slot) => slot.state === 'ready' && !slot.has(source.setNumber))
    if (lacking.length === 0) return
    const results = await Promise.allSettled(lacking.map((slot) => loadWhileReady(slot, source)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return this.#loadInto(source)
    this.#unload(source.setNumber)
    throw failed.reason
  }

  /** Begins the inspection of a listener's connections. `idOf` names them as the log does. */
  inspect(listener: string, idOf: (record: ConnectionRecord) => string): Inspect {
    const questions = this.#questionsOf(listener)
    return (connection, server) => {
      const { record } = connection
      const info = { id: idOf(record), listener, client: clientOf(record), upstream: record.upstream, server }
      this.#lastNumber += 1
      this.#sets.addUser()
      const { current } = this.#sets
      const place = { set: current, slot: this.#leastLoaded(current), questions }
      return new ConnectionInspection(this.#lastNumber, connection, info, place, this)
    }
  }

  failed(plan: InspectorPlan, info: ConnectionInfo, failure: Failure, counted: 'by the thread' | 'not yet'): void {
    if (counted === 'not yet') this.#counts.failure(info.listener, plan.name)
    this.troubles?.onFailure(plan, info, failure)
  }

  ended(inspection: ConnectionInspection): void {
    if (this.#sets.removeUser(inspection.setNumber)) this.#unload(inspection.setNumber)
  }

  /** The counts so far, and the current gauges. */
  counts(): readonly Entry[] {
    const sum = this.#counts.sum()
    const threads = this.#slots.filter(({ state }) => state === 'ready').length
    for (const { names, counts } of sum.entries('inspector')) {
      counts.threads = threads
      counts.queueLength = this.#questionsOf(names[0] ?? '').count
    }
    return sum.all()
  }

  /** Resolves when the threads have done everything that was asked of them, or after `withinMs`. */
  async settle(withinMs: number): Promise<void> {
    await holdsWithin(withinMs, () => !this.#slots.some(({ state, queue }) => state === 'ready' && !queue.isIdle))
  }

  close(): void {
    for (const slot of this.#slots) slot.close()
  }

  #questionsOf(listener: string): OpenQuestions {
    const questions = this.#questions.get(listener) ?? { count: 0 }
    this.#questions.set(listener, questions)
    return questions
  }

  #use(set: InspectorSet): void {
    const before = this.#sets.current.setNumber
    this.#counts.name(set)
    this.#sets.current = set
    if (!this.#sets.isInUse(before)) this.#unload(before)
  }

  #unload(setNumber: number): void {
    for (const slot of this.#slots) slot.unload(setNumber)
  }

  /** A thread that starts will take its connections' chunks when it runs; one that has ended may never. */
  #leastLoaded(set: InspectorSet): ThreadSlot | undefined {
    const usable = this.#slots.filter((slot) => slot.state === 'ready' && slot.has(set.setNumber))
    const candidates = usable.length > 0 ? usable : this.#slots.filter(({ state }) => state === 'starting')
    return candidates.reduce<ThreadSlot | undefined>(
      (best, slot) => (best === undefined || slot.userCount < best.userCount ? slot : best),
      undefined,
    )
  }
}

/** A thread that ends meanwhile is replaced, and its successor loads what is current then: it fails nothing. */
const loadWhileReady = async (slot: ThreadSlot, source: SetSource): Promise<void> => {
  try {
    await slot.load(source)
  } catch (error) {
    if (slot.state === 'ready') throw error
  }
}
