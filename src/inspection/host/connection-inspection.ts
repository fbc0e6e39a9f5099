import type { Direction, Tap } from '../../engine/engine.ts'
import type { Inspection } from '../../proxy/inspector.ts'
import type { ConnectionRecord, EndRecord, InspectionNotes, LivingConnection } from '../../proxy/record.ts'
import type { ConnectionInfo } from '../api/define-inspector.ts'
import { ALL_GO_ON, ALL_WAIT, type Answer, type DetailedAnswer, type Failure } from '../shared/messages.ts'
import { ActiveInspectors } from './active-inspectors.ts'
import { InspectionFailed, summaryOf } from './connection-summary.ts'
import { decideFailure } from './failure-policy.ts'
import { HeldBytes, type OpenQuestions } from './held-bytes.ts'
import { HOLD_WITHIN_MS, HoldClock } from './hold-clock.ts'
import type { InspectorPlan, InspectorSet } from './sets/inspector-set.ts'
import type { ThreadUser, UserRequest } from './thread-queue.ts'
import type { ThreadSlot } from './threads/thread-slot.ts'

/** Where a connection is inspected. */
export interface InspectionPlace {
  readonly set: InspectorSet
  /** Undefined while no thread can run inspectors. */
  readonly slot: ThreadSlot | undefined
  /** Of its listener. */
  readonly questions: OpenQuestions
}

/** Events of a connection's inspection, for its worker. */
export interface InspectionEvents {
  /** An inspector failed for a connection. `counted`: the thread could not count it itself. */
  failed(plan: InspectorPlan, info: ConnectionInfo, failure: Failure, counted: 'by the thread' | 'not yet'): void
  /** Its `close` has been sent: nothing more will be asked. */
  ended(inspection: ConnectionInspection): void
}

/** The tap of one connection: queues its chunks for its thread, and applies the answers. */
export class ConnectionInspection implements Inspection, Tap, ThreadUser {
  readonly setNumber: number
  readonly tap = this
  readonly inspected: InspectionNotes & { protocol?: string; serverName?: string; verdict?: string }
  readonly #number: number
  readonly #connection: LivingConnection
  readonly #info: ConnectionInfo
  readonly #inspectors: ActiveInspectors
  readonly #events: InspectionEvents
  readonly #held: Readonly<Record<Direction, HeldBytes>>
  #slot: ThreadSlot | undefined
  #opened = false
  /** Its inspection has failed, and its bytes go on without. */
  #passedBy = false
  #over = false

  /** `number` is unique among those of the worker. */
  constructor(
    number: number,
    connection: LivingConnection,
    info: ConnectionInfo,
    { set, slot, questions }: InspectionPlace,
    events: InspectionEvents,
  ) {
    const plans = set.plans.get(info.listener) ?? []
    this.#number = number
    this.setNumber = set.setNumber
    this.#connection = connection
    this.#info = info
    this.#inspectors = new ActiveInspectors(plans)
    this.#events = events
    this.inspected = { inspectors: plans.map(({ name, contentHash }) => `${name}@${contentHash}`) }
    const onTooLong = (): void => this.#fail(`bytes were held for more than ${HOLD_WITHIN_MS / 1000} s`)
    const heldBytes = (): HeldBytes => new HeldBytes(new HoldClock(HOLD_WITHIN_MS, onTooLong), questions)
    this.#held = { toUpstream: heldBytes(), toClient: heldBytes() }
    this.#slot = slot
    slot?.add(this, set)
  }

  timeoutMs(link: number): number {
    return this.#inspectors.plans[link]?.timeoutMs ?? Number.POSITIVE_INFINITY
  }

  inspects(direction: Direction): boolean {
    return this.#isAsked(direction) || this.#held[direction].holds
  }

  chunk(direction: Direction, bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    const held = this.#held[direction]
    if (!this.#isAsked(direction)) return Promise.resolve(held.release(bytes))
    const answer = held.begin(bytes)
    this.#ask({ kind: 'chunk', connection: this.#number, direction, bytes, user: this })
    return answer
  }

  end(direction: Direction): Promise<readonly Uint8Array[]> {
    const held = this.#held[direction]
    const cares = held.holds || this.#inspectors.judgeEnd(direction)
    if (!this.#isAsked(direction) || !cares) return Promise.resolve(held.release())
    const answer = held.begin()
    this.#ask({ kind: 'end', connection: this.#number, direction, user: this })
    return answer
  }

  answered(direction: Direction, answer: Answer): void {
    if (this.#over || this.#passedBy) return
    const held = this.#held[direction]
    if (answer === ALL_GO_ON) held.allGoOn()
    else if (answer === ALL_WAIT) held.allWait()
    else this.#answeredInDetail(held, answer)
  }

  closed(record: ConnectionRecord, ended: EndRecord): void {
    this.#over = true
    for (const held of Object.values(this.#held)) held.stop()
    this.#slot?.remove(this)
    const notice = { kind: 'close', connection: this.#number, summary: summaryOf(record, ended) } as const
    if (this.#opened) this.#slot?.queue.add({ kind: 'notice', notice, user: this })
    this.#events.ended(this)
  }

  threadEnded(reason: string, link?: number): void {
    this.#slot = undefined
    this.#fail(reason, link)
  }

  /** There are inspectors to be asked, in a thread that lives. */
  #isAsked(direction: Direction): boolean {
    return this.#inspectors.see(direction) || this.#held[direction].threadHolds
  }

  #ask(request: UserRequest): void {
    const slot = this.#slot
    if (slot === undefined) return this.#fail('no thread can run inspectors now')
    if (!this.#opened) this.#open(slot)
    slot.queue.add(request)
  }

  #open(slot: ThreadSlot): void {
    this.#opened = true
    const notice = { kind: 'open', connection: this.#number, setNumber: this.setNumber, info: this.#info } as const
    slot.queue.add({ kind: 'notice', notice, user: this })
  }

  #answeredInDetail(held: HeldBytes, answer: DetailedAnswer): void {
    const { notes, blocked, failures = [], afterMs = 0, goesOn } = answer
    Object.assign(this.inspected, notes)
    for (const failure of failures) this.#tell(failure.link, failure, 'by the thread')
    const fatal = failures.find(({ final }) => final)
    if (fatal) return this.#cutAsFailed(fatal.link, fatal.reason)
    if (blocked) return this.#cutAsBlocked(blocked.link, blocked.reason)
    this.#inspectors.inspecting = answer.inspecting
    held.threadHolds = answer.threadHolds
    if (goesOn === ALL_GO_ON) held.allGoOn(afterMs)
    else if (goesOn === ALL_WAIT) held.allWait()
    else held.theseGoOn(goesOn, afterMs)
  }

  /** The inspection as a whole cannot go on. */
  #fail(reason: string, culprit?: number): void {
    if (this.#over) return
    const { toUpstream, toClient } = this.#held
    const bytesAreLost = toUpstream.threadHolds || toClient.threadHolds
    const decision = decideFailure(this.#inspectors, culprit, bytesAreLost)
    if (decision === undefined) return
    this.#tell(decision.link, { ...decision, reason }, 'not yet')
    if (decision.final) return this.#cutAsFailed(decision.link, reason)
    this.#passedBy = true
    this.#slot?.queue.withdraw(this)
    this.#inspectors.stop()
    for (const held of [toUpstream, toClient]) if (held.isAsked) held.allGoOn()
  }

  #tell(link: number, failure: Failure, counted: 'by the thread' | 'not yet'): void {
    const plan = this.#inspectors.plans[link]
    if (plan) this.#events.failed(plan, this.#info, failure, counted)
  }

  #cutAsBlocked(link: number, reason: string): void {
    this.inspected.verdict = `${this.#inspectors.plans[link]?.name}: ${reason.slice(0, 256)}`
    this.#connection.cut({ outcome: 'blocked', endedBy: 'proxy' })
  }

  #cutAsFailed(link: number, reason: string): void {
    const error = new InspectionFailed(`${this.#inspectors.plans[link]?.name}: ${reason.slice(0, 256)}`)
    this.#connection.cut({ outcome: 'inspectionFailed', endedBy: 'proxy', error })
  }
}
