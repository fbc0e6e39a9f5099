import type { Logger } from 'pino'
import { formatAddress } from '../../config/fields/address.ts'
import type { ControlAddress } from '../../config/sections/control.ts'
import type { ReportedEntry } from '../../stats/totals.ts'
import { closeDescriptors } from '../../system/descriptor.ts'
import { StartFailed } from '../exit.ts'
import { connectToPredecessor } from './channels.ts'
import { Conversation } from './conversation.ts'
import { type FromPredecessor, readFromPredecessor, VERSION } from './messages.ts'
import { TakenSockets } from './taken-sockets.ts'

const ANSWER_WITHIN_MS = 10_000

/** Receives what the predecessor says while it leaves. */
interface Heir {
  takeTotals(entries: readonly ReportedEntry[]): void
  takeReloads(reloads: { readonly applied: number; readonly refused: number }): void
  /** It is gone. */
  ended(): void
}

/** What a start is asked to take over. */
export interface TakeOver {
  /** The control socket of the running copyloop. */
  readonly control: ControlAddress
  /** If none answers there, this one starts as usual. */
  readonly orStart: boolean
}

/** The running copyloop from which this one takes over. */
export class Predecessor {
  readonly pid: number
  readonly sockets = new TakenSockets()
  /** It does not accept on the admin and the control socket any more; or it is gone. */
  readonly left: Promise<void>
  readonly gone: Promise<void>
  isGone = false
  readonly #talk: Conversation<FromPredecessor>
  readonly #logger: Logger
  readonly #unheard: FromPredecessor[] = []
  #heir: Heir | undefined
  #offer: { readonly done: () => void; readonly fail: (error: StartFailed) => void } | undefined
  #offered: Promise<void> = Promise.resolve()
  #onLeft: () => void = () => {}
  #onGone: () => void = () => {}

  /**
   * @returns undefined if there is none, and this one is to start then
   * @throws {StartFailed} if it cannot be taken over from, with what to do
   */
  static async meet({ control, orStart }: TakeOver, logger: Logger): Promise<Predecessor | undefined> {
    const address = control
    const channel = await connectToPredecessor(address, orStart)
    if (channel === undefined) {
      logger.info(`no copyloop answers at ${formatAddress(address)}: there is nothing to take over`)
      return undefined
    }
    const { pid, uid } = channel.peer
    const where = formatAddress(address)
    if (!channel.isOfOwnUser) {
      channel.close()
      const says = `the copyloop at ${where} runs as user ${uid} and this one as ${process.getuid?.()}; start it as the same user`
      throw new StartFailed(`cannot take over: ${says}`)
    }
    const predecessor = new Predecessor(pid, new Conversation(channel, readFromPredecessor), logger)
    await predecessor.#begin(where)
    return predecessor
  }

  private constructor(pid: number, talk: Conversation<FromPredecessor>, logger: Logger) {
    this.pid = pid
    this.#talk = talk
    this.#logger = logger
    this.left = new Promise((resolve) => {
      this.#onLeft = resolve
    })
    this.gone = new Promise((resolve) => {
      this.#onGone = resolve
    })
  }

  /** From now on it is heard. */
  followedBy(heir: Heir): void {
    this.#heir = heir
    for (const message of this.#unheard.splice(0)) this.#hear(message)
    if (this.isGone) heir.ended()
  }

  /** Every listener is served. @throws {StartFailed} if a socket's file cannot be given its permissions */
  serving(takers: readonly string[]): void {
    this.sockets.setAccess()
    const kept = this.sockets.keep()
    this.sockets.areOurs = true
    this.#talk.tell({ kind: 'serving', kept, takers: [...takers] })
  }

  /** This copyloop stops as it was asked to: the other one is not to go on instead. */
  leaving(): void {
    if (this.sockets.areOurs) this.#talk.tell({ kind: 'leaving' })
  }

  close(): Promise<void> {
    return this.#talk.finish()
  }

  async #begin(where: string): Promise<void> {
    const offered = new Promise<void>((done, fail) => {
      this.#offer = { done, fail }
    })
    const late = setTimeout(() => this.#fail(`it has not answered for ${ANSWER_WITHIN_MS / 1000} s`), ANSWER_WITHIN_MS)
    this.#talk.listen({
      hears: (message, descriptors) => this.#take(message, descriptors),
      ends: (why) => this.#ended(why),
    })
    this.#talk.tell({ kind: 'hello', version: VERSION, pid: process.pid })
    try {
      await offered
      await this.#offered
    } catch (error) {
      this.#talk.close()
      throw error instanceof StartFailed
        ? new StartFailed(`cannot take over through ${where}: ${error.message}`)
        : error
    } finally {
      clearTimeout(late)
      this.#offer = undefined
    }
  }

  #fail(why: string): void {
    this.#offer?.fail(new StartFailed(why))
  }

  #take(message: FromPredecessor, descriptors: readonly number[]): void {
    if (message.kind !== 'sockets') closeDescriptors(descriptors)
    switch (message.kind) {
      case 'refused':
        return this.#fail(`the running copyloop refuses: ${message.reason}`)
      case 'sockets':
        this.#offered = this.#offered.then(() => this.sockets.add(message.sockets, descriptors))
        this.#offered.catch((error: StartFailed) => this.#offer?.fail(error))
        return
      case 'end':
        return this.#offer?.done()
      default:
        if (this.#heir) this.#hear(message)
        else this.#unheard.push(message)
    }
  }

  #hear(message: FromPredecessor): void {
    if (message.kind === 'totals') this.#heir?.takeTotals(message.entries)
    if (message.kind === 'leaves') {
      this.#heir?.takeReloads(message.reloads)
      this.#onLeft()
    }
    if (message.kind === 'done') {
      this.#logger.info({ pid: this.pid }, `process ${this.pid}, from which this one has taken over, has finished`)
      this.#talk.close()
      this.#leave()
    }
  }

  #ended(why: string): void {
    if (this.#offer) return this.#fail(`the running copyloop has not offered its sockets: ${why}`)
    const says = `process ${this.pid}, from which this one takes over, ended before it had finished: ${why}; this one goes on`
    this.#logger.warn({ pid: this.pid }, says)
    this.#leave()
  }

  #leave(): void {
    this.isGone = true
    this.sockets.areOurs = true
    this.#heir?.ended()
    this.#onLeft()
    this.#onGone()
  }
}
