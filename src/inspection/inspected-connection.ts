import type { Direction, Tap } from '../engine/engine.ts'
import type { Inspection } from '../proxy/inspector.ts'
import type { ConnectionRecord, EndRecord, InspectionNotes, LivingConnection } from '../proxy/record.ts'
import type { Pinned } from './batch.ts'
import type { ConnectionInfo } from './define.ts'
import { InspectionFailed, summaryOf } from './ending.ts'
import type { InspectorPlan } from './generation.ts'
import { ALL_GO_ON, ALL_WAIT, type Answer, type DetailedAnswer, type Failure, type Item } from './messages.ts'
import type { Slot } from './slot.ts'
import { Waiting } from './waiting.ts'

/** What a connection's inspection tells its worker. */
export interface InspectionEvents {
  /** An inspector failed for a connection. `counted`: the thread could not count it itself. */
  failed(plan: InspectorPlan, info: ConnectionInfo, failure: Failure, counted: 'by the thread' | 'not yet'): void
  /** Its `close` has been sent: nothing more will be asked. */
  ended(connection: InspectedConnection): void
}

/** How long bytes may be held in all before something goes on: an absolute limit, that no trickle of bytes extends. */
const HOLD_WITHIN_MS = 10_000

/** The tap of one connection: hands its chunks to the thread that it is pinned to, and does what the answers say. */
export class InspectedConnection implements Inspection, Tap, Pinned {
  readonly number: number
  readonly generation: number
  readonly tap = this
  readonly inspected: InspectionNotes & { protocol?: string; serverName?: string; verdict?: string }
  readonly #connection: LivingConnection
  readonly #info: ConnectionInfo
  readonly #plans: readonly InspectorPlan[]
  readonly #events: InspectionEvents
  readonly #directions: Readonly<Record<Direction, Waiting>>
  /** The inspectors that still see a direction, a bit each. */
  #inspecting: Readonly<Record<Direction, number>>
  #slot: Slot | undefined
  #opened = false
  /** Its inspection has failed, and its bytes go on without. */
  #passedBy = false
  #over = false

  constructor(
    number: number,
    generation: number,
    connection: LivingConnection,
    info: ConnectionInfo,
    plans: readonly InspectorPlan[],
    slot: Slot | undefined,
    events: InspectionEvents,
  ) {
    this.number = number
    this.generation = generation
    this.#connection = connection
    this.#info = info
    this.#plans = plans
    this.#events = events
    this.inspected = { inspectors: plans.map(({ name, version }) => `${name}@${version}`) }
    const bits = (other: Direction): number =>
      plans.reduce((sum, { directions }, link) => (directions === other ? sum : sum | (1 << link)), 0)
    this.#inspecting = { toUpstream: bits('toClient'), toClient: bits('toUpstream') }
    const tooLong = (): void => this.#fail(`bytes were held for more than ${HOLD_WITHIN_MS / 1000} s`)
    this.#directions = {
      toUpstream: new Waiting(HOLD_WITHIN_MS, tooLong),
      toClient: new Waiting(HOLD_WITHIN_MS, tooLong),
    }
    this.#slot = slot
    slot?.pinned.add(this)
  }

  /** Chunks and ends that wait for a verdict now. */
  get waiting(): number {
    return Number(this.#directions.toUpstream.isAsked) + Number(this.#directions.toClient.isAsked)
  }

  get listener(): string {
    return this.#info.listener
  }

  timeoutMs(link: number): number {
    return this.#plans[link]?.timeoutMs ?? Number.POSITIVE_INFINITY
  }

  inspects(direction: Direction): boolean {
    return this.#isAsked(direction) || this.#directions[direction].holds
  }

  chunk(direction: Direction, bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    const waiting = this.#directions[direction]
    if (!this.#isAsked(direction)) return Promise.resolve(waiting.release(bytes))
    const answer = waiting.begin(bytes)
    const item: Item = { kind: 'chunk', connection: this.number, direction, offset: 0, length: bytes.length }
    this.#ask(direction, item, bytes)
    return answer
  }

  end(direction: Direction): Promise<readonly Uint8Array[]> {
    const waiting = this.#directions[direction]
    const cares = waiting.holds || this.#plans.some(({ hasEnd }, link) => hasEnd && this.#sees(link, direction))
    if (!this.#isAsked(direction) || !cares) return Promise.resolve(waiting.release())
    const answer = waiting.begin()
    this.#ask(direction, { kind: 'end', connection: this.number, direction })
    return answer
  }

  closed(record: ConnectionRecord, ended: EndRecord): void {
    this.#over = true
    for (const waiting of Object.values(this.#directions)) waiting.stop()
    this.#slot?.pinned.delete(this)
    const item: Item = { kind: 'close', connection: this.number, summary: summaryOf(record, ended) }
    if (this.#opened) this.#slot?.ask({ item, connection: this })
    this.#events.ended(this)
  }

  threadEnded(reason: string, link?: number): void {
    this.#slot = undefined
    this.#fail(reason, link)
  }

  /** There are inspectors to be asked, in a thread that lives. */
  #isAsked(direction: Direction): boolean {
    return this.#inspecting[direction] !== 0 || this.#directions[direction].threadHolds
  }

  #sees(link: number, direction: Direction): boolean {
    return (this.#inspecting[direction] & (1 << link)) !== 0
  }

  #ask(direction: Direction, item: Item, bytes?: Uint8Array): void {
    const slot = this.#slot
    if (slot === undefined) return this.#fail('no thread can run inspectors now')
    if (!this.#opened) {
      this.#opened = true
      const { number, generation } = this
      slot.ask({ item: { kind: 'open', connection: number, generation, info: this.#info }, connection: this })
    }
    const answered = (answer: Answer): void => this.#answered(direction, answer)
    slot.ask({ item, connection: this, answered, ...(bytes && { bytes }) })
  }

  #answered(direction: Direction, answer: Answer): void {
    if (this.#over || this.#passedBy) return
    const waiting = this.#directions[direction]
    if (answer === ALL_GO_ON) waiting.allGoOn()
    else if (answer === ALL_WAIT) waiting.allWait()
    else this.#answeredInDetail(waiting, answer)
  }

  #answeredInDetail(waiting: Waiting, answer: DetailedAnswer): void {
    const { notes, blocked, failures = [], afterMs = 0, goesOn } = answer
    Object.assign(this.inspected, notes)
    for (const failure of failures) this.#tell(failure.link, failure, 'by the thread')
    const fatal = failures.find(({ final }) => final)
    if (fatal) return this.#cutAsFailed(fatal.link, fatal.reason)
    if (blocked) return this.#cutAsBlocked(blocked.link, blocked.reason)
    this.#inspecting = answer.inspecting
    waiting.threadHolds = answer.threadHolds
    if (goesOn === ALL_GO_ON) waiting.allGoOn(afterMs)
    else if (goesOn === ALL_WAIT) waiting.allWait()
    else waiting.theseGoOn(goesOn, afterMs)
  }

  /** The inspection as a whole cannot go on. Those who would still have seen bytes decide what becomes of the connection. */
  #fail(reason: string, culprit?: number): void {
    if (this.#over) return
    const { toUpstream, toClient } = this.#directions
    const threadHolds = toUpstream.threadHolds || toClient.threadHolds
    const links = [...this.#plans.keys()].filter(
      (link) => this.#sees(link, 'toUpstream') || this.#sees(link, 'toClient'),
    )
    if (links.length === 0 && !threadHolds) return
    const closing = links.find((link) => this.#plans[link]?.onFailure === 'close')
    const blamed = culprit !== undefined && links.includes(culprit) ? culprit : (closing ?? links[0] ?? 0)
    const final = closing !== undefined || threadHolds
    this.#tell(blamed, { link: blamed, reason, final }, 'not yet')
    if (final) return this.#cutAsFailed(blamed, reason)
    this.#passedBy = true
    this.#slot?.withdraw(this)
    this.#inspecting = { toUpstream: 0, toClient: 0 }
    for (const waiting of [toUpstream, toClient]) if (waiting.isAsked) waiting.allGoOn()
  }

  #tell(link: number, failure: Failure, counted: 'by the thread' | 'not yet'): void {
    const plan = this.#plans[link]
    if (plan) this.#events.failed(plan, this.#info, failure, counted)
  }

  #cutAsBlocked(link: number, reason: string): void {
    this.inspected.verdict = `${this.#plans[link]?.name}: ${reason.slice(0, 256)}`
    this.#connection.cut({ outcome: 'blocked', endedBy: 'proxy' })
  }

  #cutAsFailed(link: number, reason: string): void {
    const error = new InspectionFailed(`${this.#plans[link]?.name}: ${reason.slice(0, 256)}`)
    this.#connection.cut({ outcome: 'inspectionFailed', endedBy: 'proxy', error })
  }
}
