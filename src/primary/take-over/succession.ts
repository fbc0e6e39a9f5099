import type { ControlAddress } from '../../config/sections/control.ts'
import type { Log } from '../../log/log.ts'
import type { ChannelListener } from '../../system/sockets/channel-listener.ts'
import type { Admin } from '../admin/server.ts'
import { EXIT } from '../exit.ts'
import type { StopRequest } from '../operator/stop-request.ts'
import type { Reload } from '../reload/reload.ts'
import type { ListeningSockets } from '../sockets/listeners.ts'
import type { StateOwner } from '../state-owner.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import type { Conversation } from './conversation.ts'
import { Door } from './door.ts'
import type { FromSuccessor } from './messages.ts'
import { Offer } from './offer.ts'
import { connectionsFinished, tellTotals } from './remaining.ts'
import { SharedSockets } from './shared-sockets.ts'

const TELL_EVERY_MS = 1_000
/** A message may have 250 descriptors. */
const SOCKETS_PER_MESSAGE = 200

interface SuccessionParts {
  readonly sockets: ListeningSockets
  readonly owner: StateOwner
  readonly totals: TotalsByWorker
  readonly supervisor: Supervisor
  readonly reload: Pick<Reload, 'config' | 'counts'>
  readonly stop: StopRequest
  readonly log: Log
  readonly control: { readonly address: ControlAddress; readonly listener: ChannelListener }
}

interface Successor {
  readonly pid: number
  readonly talk: Conversation<FromSuccessor>
  readonly offer: Offer
  phase: 'offered' | 'given'
  kept: readonly number[]
  /** It stops as it was asked to. */
  isLeaving: boolean
  telling: NodeJS.Timeout | undefined
}

/** Gives what is served to a newer copyloop, and goes on as before if that one dies. See messages.ts. */
export class Succession {
  admin: Admin | undefined
  /** Its connections have finished, or their time is over. */
  isOver = false
  readonly #parts: SuccessionParts
  readonly #door: Door
  readonly #shared: SharedSockets
  #successor: Successor | undefined

  constructor(parts: SuccessionParts) {
    this.#parts = parts
    this.#shared = new SharedSockets(parts)
    const host = {
      refusal: () => this.#refusalNow(),
      welcome: (talk: Conversation<FromSuccessor>, pid: number) => this.#offer(talk, pid),
      hear: (message: FromSuccessor, talk: Conversation<FromSuccessor>) => this.#hear(message, talk),
      ended: (talk: Conversation<FromSuccessor>, why: string) => {
        if (this.#successor?.talk === talk) void this.#goOn(this.#successor, why)
      },
    }
    this.#door = new Door(parts.control.listener, host, parts.log.logger)
  }

  accept(): void {
    this.#door.open()
  }

  /** Why nothing may be changed now. */
  get refusal(): string | undefined {
    const { pid, phase } = this.#successor ?? {}
    if (phase === undefined) return undefined
    return phase === 'offered' ? `process ${pid} is taking over` : `process ${pid} has taken over`
  }

  /** Another copyloop serves, or is about to. */
  get isGiven(): boolean {
    return this.#successor?.phase === 'given'
  }

  /** This copyloop stops: what was offered is given. */
  stopping(): void {
    const successor = this.#successor
    if (successor?.phase === 'offered') void this.#give(successor, successor.offer.numbers, [])
  }

  /** No worker is left. Resolves once the successor knows all that was counted. */
  async ended(): Promise<void> {
    const successor = this.#successor
    if (successor?.phase !== 'given') return
    clearInterval(successor.telling)
    await tellTotals(successor.talk, this.#parts)
    successor.talk.tell({ kind: 'done' })
    await successor.talk.finish()
  }

  /**
   * Closes the control socket, and the admin, unless the successor has them.
   *
   * @param isOurs whether the control socket is this copyloop's: until this one serves, the predecessor goes on with its own
   */
  close(isOurs: boolean): void {
    const { listener } = this.#parts.control
    const { offer, kept = [], talk } = this.#successor ?? {}
    talk?.close()
    if (!isOurs || offer?.includes('control', kept)) listener.release()
    else listener.close()
    if (offer?.includes('admin', kept)) this.admin?.release()
    else this.admin?.close()
  }

  #refusalNow(): string | undefined {
    if (this.#parts.stop.isAsked) return 'this copyloop is stopping'
    return this.refusal
  }

  #hear(message: FromSuccessor, talk: Conversation<FromSuccessor>): void {
    const successor = this.#successor
    if (successor?.talk !== talk) return talk.close()
    if (message.kind === 'leaving') this.#leave(successor)
    else if (message.kind === 'serving' && successor.phase === 'offered')
      void this.#give(successor, message.kept, message.takers)
  }

  #offer(talk: Conversation<FromSuccessor>, pid: number): void {
    const offer = new Offer({ ...this.#parts, admin: this.admin })
    this.#successor = { pid, talk, offer, phase: 'offered', kept: [], isLeaving: false, telling: undefined }
    this.#shared.share(offer.handles())
    this.#parts.supervisor.tell({ kind: 'guard', isOn: true })
    for (let first = 0; first < offer.all.length; first += SOCKETS_PER_MESSAGE) {
      const some = offer.all.slice(first, first + SOCKETS_PER_MESSAGE)
      const shown = some.map(({ number, what, address, isPassed }) => ({ number, what, address, isPassed }))
      const descriptors = some.map(({ descriptor }) => descriptor)
      talk.tell({ kind: 'sockets', sockets: shown }, descriptors)
    }
    talk.tell({ kind: 'end' })
    this.#parts.log.logger.info({ pid }, `process ${pid} is taking over: it was given the listening sockets`)
  }

  async #give(successor: Successor, kept: readonly number[], takers: readonly string[]): Promise<void> {
    const { reload, log } = this.#parts
    const { pid, offer, talk } = successor
    successor.phase = 'given'
    successor.kept = kept
    log.logger.info(
      { pid },
      `process ${pid} has taken over: this one accepts no more; its connections move there, or may finish`,
    )
    this.#shared.give(offer.handles(kept))
    // Whoever comes to one that stays is told that somebody else has taken over.
    if (offer.includes('control', kept)) this.#door.shut()
    await this.admin?.leave(offer.includes('admin', kept))
    await tellTotals(talk, this.#parts)
    if (this.#successor !== successor) return
    talk.tell({ kind: 'leaves', reloads: { ...reload.counts } })
    successor.telling = setInterval(() => void tellTotals(talk, this.#parts), TELL_EVERY_MS).unref()
    await this.#drain(successor, takers)
  }

  /** Gives the connections that can move, waits for the others as long as a stop would, then has this copyloop stop. */
  async #drain(successor: Successor, takers: readonly string[]): Promise<void> {
    const { stop, reload } = this.#parts
    const isCancelled = () => stop.isAsked || this.#successor !== successor
    if (!(await connectionsFinished(reload.config.drainTimeoutMs, takers, this.#parts, isCancelled))) return
    this.isOver = true
    stop.ask({ reason: `process ${successor.pid} has taken over`, exitCode: EXIT.done })
  }

  /** The successor stops as it was asked to: nobody serves any more, and clients are to be refused. */
  #leave(successor: Successor): void {
    successor.isLeaving = true
    this.#parts.log.logger.info({ pid: successor.pid }, `process ${successor.pid}, which has taken over, stops`)
    this.#shared.closeGiven()
  }

  async #goOn(successor: Successor, why: string): Promise<void> {
    const { stop, supervisor, reload, log } = this.#parts
    const { pid, phase, isLeaving, telling } = successor
    clearInterval(telling)
    if (isLeaving) return
    this.#successor = undefined
    this.#shared.takeBack()
    supervisor.tell({ kind: 'guard', isOn: false })
    if (stop.isAsked) return
    const when = phase === 'offered' ? 'before it served' : 'after it had taken over'
    log.logger.warn({ pid }, `process ${pid} ended ${when}: ${why}; this copyloop goes on`)
    if (phase === 'offered') return
    await this.#shared.acceptAgain(reload.config, log.logger)
    await this.admin?.accept()
    this.accept()
  }
}
