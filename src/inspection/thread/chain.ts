import type { Direction } from '../../engine/engine.ts'
import type { ConnectionInfo, ConnectionSummary, InspectedConnection } from '../api/define-inspector.ts'
import type { Verdict } from '../api/verdict.ts'
import { describeThrown } from '../shared/describe-thrown.ts'
import type { Answer } from '../shared/messages.ts'
import type { Progress } from '../shared/progress.ts'
import { ChainAnswers } from './chain-answers.ts'
import { ChainLink, type ConfiguredInspector } from './chain-link.ts'
import { ChainStep, ChainStop } from './chain-step.ts'
import { ConnectionNotes } from './connection-notes.ts'
import { takeRejection } from './refuse-promise.ts'

/** What an inspector may hold of a direction. */
const MOST_HELD_BYTES = 1024 * 1024

/** The inspectors of one connection, in their order: each sees what the one before it let through. */
export class Chain {
  readonly #links: readonly ChainLink[]
  readonly #answers: ChainAnswers
  readonly #progress: Progress

  constructor(inspectors: readonly ConfiguredInspector[], info: ConnectionInfo, progress: Progress) {
    const notes = new ConnectionNotes()
    const connection: InspectedConnection = Object.freeze({ ...info, note: notes.note })
    this.#links = inspectors.map((configured) => new ChainLink(configured, connection))
    this.#answers = new ChainAnswers(this.#links, notes)
    this.#progress = progress
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
      this.#progress.beginCall(index)
      try {
        link.close(summary)
      } catch (error) {
        takeRejection(error)
        // Its connection has ended; the count is all that is left to say.
        link.configured.counts.failure()
      }
    }
  }

  #step(direction: Direction, work: (step: ChainStep) => void): Answer {
    const step = new ChainStep(direction)
    try {
      work(step)
    } catch (error) {
      if (!(error instanceof ChainStop)) throw error
    }
    return this.#answers.of(step)
  }

  /** Hands bytes to the inspector at `index`, or past it. */
  #feed(step: ChainStep, index: number, bytes: Uint8Array): void {
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

  #end(step: ChainStep, index: number, link: ChainLink): void {
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
  #judged(step: ChainStep, index: number, link: ChainLink, judge: () => Verdict | undefined): Verdict | undefined {
    this.#progress.beginCall(index)
    try {
      return judge()
    } catch (error) {
      this.#failed(step, index, link, error)
      return undefined
    }
  }

  #failed(step: ChainStep, index: number, link: ChainLink, error: unknown): void {
    const { counts, onFailure } = link.configured
    counts.failure()
    takeRejection(error)
    const { message, stack } = describeThrown(error)
    const final = onFailure === 'close'
    step.failures.push({ link: index, reason: message, ...(stack && { stack }), final })
    if (final) throw new ChainStop()
    link.detach('connection')
  }

  #hold(step: ChainStep, index: number, link: ChainLink, bytes: Uint8Array): void {
    link.hold(step.direction, bytes)
    if (link[step.direction].heldBytes <= MOST_HELD_BYTES) return
    this.#failed(step, index, link, new Error(`it held more than ${MOST_HELD_BYTES} bytes`))
    for (const held of link.release(step.direction)) this.#feed(step, index + 1, held)
  }

  /** Does what a verdict other than `hold` says with what was held and these bytes. */
  #obey(step: ChainStep, index: number, link: ChainLink, verdict: Verdict | undefined, bytes?: Uint8Array): void {
    const held = link.release(step.direction)
    if (verdict?.verdict === 'block') {
      step.blocked = { link: index, reason: verdict.reason }
      throw new ChainStop()
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
  #flushDetached(step: ChainStep): void {
    for (const [index, link] of this.#links.entries()) {
      const side = link[step.direction]
      if (side.inspecting || side.heldBytes === 0) continue
      for (const bytes of link.release(step.direction)) this.#feed(step, index + 1, bytes)
    }
  }
}
