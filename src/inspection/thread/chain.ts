import type { Direction } from '../../engine/engine.ts'
import type { ConnectionInfo, ConnectionSummary, InspectedConnection } from '../api/define-inspector.ts'
import type { Verdict } from '../api/verdict.ts'
import { describeThrown } from '../shared/describe-thrown.ts'
import { ALL_GO_ON, ALL_WAIT, type Answer, type DetailedAnswer } from '../shared/messages.ts'
import { Link, type LoadedInspector } from './chain-link.ts'
import { Step, Stopped } from './chain-step.ts'
import { Notes } from './connection-notes.ts'
import { takeRejection } from './refuse-promise.ts'

/** What an inspector may hold of a direction. */
const MOST_HELD_BYTES = 1024 * 1024

const DIRECTIONS = ['toUpstream', 'toClient'] as const

/**
 * The inspectors of one connection, in their order: each sees what the one before it let through.
 *
 * The main thread keeps what it sent until it is answered, so that the common answers carry no bytes. Only what was
 * replaced, or goes on in part, is sent back; from then on until nothing is held here, this side has what counts.
 */
export class Chain {
  readonly #links: readonly Link[]
  readonly #onCall: (link: number) => void
  readonly #notes = new Notes()
  readonly #threadHolds = { toUpstream: false, toClient: false }
  #inspecting: Readonly<Record<Direction, number>>

  /** `onCall` is told before each call of an inspector which one it is. */
  constructor(inspectors: readonly LoadedInspector[], info: ConnectionInfo, onCall: (link: number) => void) {
    const connection: InspectedConnection = Object.freeze({ ...info, note: this.#notes.note })
    this.#links = inspectors.map((loaded) => new Link(loaded, connection))
    this.#onCall = onCall
    this.#inspecting = this.#bits()
  }

  /** `bytes` may be others after the call. */
  chunk(direction: Direction, bytes: Uint8Array): Answer {
    return this.#step(direction, (step) => {
      this.#flushDetached(step)
      this.#feed(step, 0, bytes)
    })
  }

  end(direction: Direction): Answer {
    return this.#step(direction, (step) => {
      for (const [index, link] of this.#links.entries()) this.#end(step, index, link)
    })
  }

  close(summary: ConnectionSummary): void {
    for (const [index, link] of this.#links.entries()) {
      this.#onCall(index)
      try {
        link.close(summary)
      } catch (error) {
        takeRejection(error)
        // Its connection has ended; the count is all that is left to say.
        link.loaded.counts.failure()
      }
    }
  }

  #step(direction: Direction, work: (step: Step) => void): Answer {
    const step = new Step(direction)
    try {
      work(step)
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
    }
    return this.#answer(step)
  }

  /** Hands bytes to the inspector at `index`, or past it. */
  #feed(step: Step, index: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const link = this.#links[index]
    if (link === undefined) {
      step.goesOn.push(bytes)
      return
    }
    if (!link[step.direction].inspecting) return this.#feed(step, index + 1, bytes)
    const verdict = this.#judged(step, index, link, () => link.judge(step.direction, bytes))
    if (verdict?.verdict === 'hold') return this.#hold(step, index, link, bytes)
    this.#obey(step, index, link, verdict, bytes)
    if (link.sawEnough(step.direction)) link.detach(step.direction)
  }

  #end(step: Step, index: number, link: Link): void {
    const side = link[step.direction]
    if (side.inspecting) {
      const verdict = this.#judged(step, index, link, () => {
        const given = link.judgeEnd(step.direction)
        if (given ? given.verdict !== 'hold' : side.heldBytes === 0) return given
        throw new Error('the sender ended while bytes of it were held')
      })
      this.#obey(step, index, link, verdict)
      link.detach(step.direction)
    }
    for (const bytes of link.release(step.direction)) this.#feed(step, index + 1, bytes)
  }

  /** The verdict; undefined if there is none, or if the inspector failed and is passed by from now on. */
  #judged(step: Step, index: number, link: Link, judge: () => Verdict | undefined): Verdict | undefined {
    this.#onCall(index)
    try {
      return judge()
    } catch (error) {
      this.#failed(step, index, link, error)
      return undefined
    }
  }

  #failed(step: Step, index: number, link: Link, error: unknown): void {
    const { counts, onFailure } = link.loaded
    counts.failure()
    takeRejection(error)
    const { message, stack } = describeThrown(error)
    const final = onFailure === 'close'
    step.failures.push({ link: index, reason: message, ...(stack && { stack }), final })
    if (final) throw new Stopped()
    link.detach('connection')
  }

  #hold(step: Step, index: number, link: Link, bytes: Uint8Array): void {
    link.hold(step.direction, bytes)
    if (link[step.direction].heldBytes <= MOST_HELD_BYTES) return
    this.#failed(step, index, link, new Error(`it held more than ${MOST_HELD_BYTES} bytes`))
    for (const held of link.release(step.direction)) this.#feed(step, index + 1, held)
  }

  /** Does what a verdict other than `hold` says with what was held and these bytes. */
  #obey(step: Step, index: number, link: Link, verdict: Verdict | undefined, bytes?: Uint8Array): void {
    const held = link.release(step.direction)
    if (verdict?.verdict === 'block') {
      step.blocked = { link: index, reason: verdict.reason }
      throw new Stopped()
    }
    if (verdict?.verdict === 'detach') link.detach(verdict.from === 'connection' ? 'connection' : step.direction)
    if (verdict?.verdict === 'pass') step.afterMs = Math.max(step.afterMs, verdict.afterMs ?? 0)
    if (verdict?.verdict === 'replace') {
      step.changed = true
      return this.#feed(step, index + 1, verdict.bytes)
    }
    for (const before of held) this.#feed(step, index + 1, before)
    if (bytes) this.#feed(step, index + 1, bytes)
  }

  /** What an inspector held that has detached since, seen from the other direction. */
  #flushDetached(step: Step): void {
    for (const [index, link] of this.#links.entries()) {
      const side = link[step.direction]
      if (side.inspecting || side.heldBytes === 0) continue
      for (const bytes of link.release(step.direction)) this.#feed(step, index + 1, bytes)
    }
  }

  #answer(step: Step): Answer {
    const { direction, afterMs, blocked, failures } = step
    const holds = this.#links.some((link) => link[direction].heldBytes > 0)
    const goesOn = this.#goesOn(step, holds)
    const notes = this.#notes.take()
    const before = this.#inspecting
    const inspecting = this.#bits()
    const changed = inspecting.toUpstream !== before.toUpstream || inspecting.toClient !== before.toClient
    this.#inspecting = inspecting
    if (typeof goesOn === 'number' && !changed && !notes && !blocked && failures.length === 0 && afterMs === 0) {
      return goesOn
    }
    return {
      goesOn,
      threadHolds: this.#threadHolds[direction],
      inspecting,
      ...(afterMs > 0 && { afterMs }),
      ...(notes && { notes }),
      ...(blocked && { blocked }),
      ...(failures.length > 0 && { failures }),
    }
  }

  #goesOn(step: Step, holds: boolean): DetailedAnswer['goesOn'] {
    const { direction, changed, goesOn } = step
    if (!this.#threadHolds[direction] && !changed) {
      if (!holds) return ALL_GO_ON
      if (goesOn.length === 0) return ALL_WAIT
    }
    this.#threadHolds[direction] = holds
    return step.ownBytes()
  }

  #bits(): Record<Direction, number> {
    const bits = { toUpstream: 0, toClient: 0 }
    for (const [index, link] of this.#links.entries()) {
      for (const direction of DIRECTIONS) if (link[direction].inspecting) bits[direction] |= 1 << index
    }
    return bits
  }
}
