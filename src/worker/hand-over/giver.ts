import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { nowMs } from '../../clock.ts'
import type { HandOver } from '../../engine/engine.ts'
import { factsOf, LostOnItsWay } from '../../proxy/hand-over/given-connection.ts'
import type { Living } from '../../proxy/living.ts'
import type { ConnectionRecord, LivingConnection } from '../../proxy/record.ts'
import { DescriptorChannel } from '../../system/sockets/descriptor-channel.ts'
import { cameFrom } from './came-from.ts'
import { encodeConnection } from './given-message.ts'
import { guardConnections } from './guard.ts'
import { InFlight } from './in-flight.ts'
import { decode, encode, type ToGiver, VERSION } from './protocol.ts'
import { Stays } from './stays.ts'

/** The worker that gives its connections away. */
export interface GivingWorker {
  readonly workerId: number
  readonly logger: Logger
  readonly handOver: HandOver
  readonly living: Living<LivingConnection>
  readonly idOf: (record: ConnectionRecord) => string
}

/** So many stand still at a time. */
const WINDOW = 32
/** How many are given before the event loop gets a turn. */
const SLICE = 8
const WELCOMED_WITHIN_MS = 5_000
/** A taker that takes nothing for so long is given no more. */
const PATIENCE_MS = 5_000
const LOOK_EVERY_MS = 1
/** What dials now is a relay soon. */
const AGAIN_EVERY_MS = 50

/** Gives the living connections of a worker to another process, each with all that belongs to it. */
export class Giver {
  /** How many the taker has now. */
  handedOver = 0
  readonly #worker: GivingWorker
  readonly #channel: DescriptorChannel
  readonly #inFlight = new InFlight()
  readonly #listeners = new Set<string>()
  readonly #servers = new Set<string>()
  /** The worker that takes them. */
  #taker: number | undefined
  /** Why no more can be given. */
  #over: string | undefined

  private constructor(worker: GivingWorker, channel: DescriptorChannel) {
    this.#worker = worker
    this.#channel = channel
    channel.onReadable(() => this.#read())
  }

  /** Connects to a taker. Undefined if there is none, or it speaks another version: then the connections stay; it is logged. */
  static async open(address: string, worker: GivingWorker): Promise<Giver | undefined> {
    try {
      const giver = new Giver(worker, DescriptorChannel.connect(address))
      return (await giver.#isWelcome()) ? giver : undefined
    } catch (error) {
      sayTheyStay(worker.logger, (error as Error).message)
      return undefined
    }
  }

  async #isWelcome(): Promise<boolean> {
    if (!this.#channel.isOfOwnUser) this.#end('the taker belongs to another user')
    else this.#channel.send(encode({ kind: 'hello', version: VERSION, worker: this.#worker.workerId }))
    const deadlineMs = nowMs() + WELCOMED_WITHIN_MS
    while (this.#taker === undefined && this.#over === undefined && nowMs() < deadlineMs) await pause(LOOK_EVERY_MS)
    if (this.#taker === undefined) this.#end('the taker does not answer')
    if (this.#over === undefined) return true
    sayTheyStay(this.#worker.logger, this.#over)
    return false
  }

  /** Gives all that can move, and logs what stays. What can move only later is given then, until `close` or the taker's end. */
  async giveAll(): Promise<void> {
    const { handOver, living, logger } = this.#worker
    guardConnections(handOver, living, true)
    const stays = new Stays()
    for await (const connections of living.slices(SLICE)) {
      for (const connection of connections) await this.#give(connection, stays)
    }
    while (this.#inFlight.size > 0 && this.#over === undefined) await this.#progress()
    const [{ handedOver }, taker, silenceMs] = [this, this.#taker, this.#inFlight.silences.summary()]
    const { pid } = this.#channel.peer
    logger.info(
      { handedOver, taker, takerPid: pid, stay: stays.counts, silenceMs },
      `${handedOver} connections handed over to worker ${taker} (process ${pid})${stays.text}`,
    )
    void this.#giveLater()
  }

  close(): void {
    this.#end('the giver has ended')
  }

  async #giveLater(): Promise<void> {
    while (this.#over === undefined && this.#worker.living.size > 0) {
      await pause(AGAIN_EVERY_MS)
      for await (const connections of this.#worker.living.slices()) {
        for (const connection of connections) await this.#give(connection)
      }
    }
  }

  async #give(connection: LivingConnection, stays?: Stays): Promise<void> {
    while (this.#inFlight.size >= WINDOW && this.#over === undefined) await this.#progress()
    if (this.#over !== undefined || !this.#worker.living.has(connection)) return
    const { record } = connection
    const { listener, server, upstream } = record
    if (server === undefined || record.relay === undefined) return stays?.add('notRelayed')
    if (record.inspected) return stays?.add('inspected')
    if (!this.#listeners.has(listener) || !this.#servers.has(keyOf(upstream, server.name))) return stays?.add('unknown')
    const facts = factsOf(record, server, cameFrom(this.#worker, record))
    const sinceMs = nowMs()
    const relay = connection.give()
    if (relay === undefined) return
    if (await this.#isSent(encodeConnection({ facts, relay }))) this.#inFlight.add(connection, relay, sinceMs)
    else connection.goOn(relay)
  }

  /** Waits while there is no room. False if it cannot be sent any more. */
  async #isSent({ bytes, descriptors }: ReturnType<typeof encodeConnection>): Promise<boolean> {
    const deadlineMs = nowMs() + PATIENCE_MS
    while (this.#over === undefined) {
      const result = this.#channel.send(bytes, descriptors)
      if (result === 'sent') return true
      // What the taker had taken before it ended is taken.
      this.#read()
      if (result === 'gone') this.#end('the taker has ended')
      else if (nowMs() > deadlineMs) this.#end('the taker does not take them')
      else await pause(LOOK_EVERY_MS)
    }
    return false
  }

  /** Waits until the taker has taken some, or is known to take no more. */
  async #progress(): Promise<void> {
    const { handedOver } = this
    const deadlineMs = nowMs() + PATIENCE_MS
    do {
      await pause(LOOK_EVERY_MS)
      if (nowMs() > deadlineMs) this.#end('the taker does not take them')
    } while (this.handedOver === handedOver && this.#over === undefined)
  }

  #read(): void {
    while (this.#over === undefined) {
      const received = this.#channel.receive()
      if (received === undefined) return
      if (received === 'ended') return this.#end('the taker has ended')
      this.#hear(decode<ToGiver>(received.bytes).message)
    }
  }

  #hear(message: ToGiver): void {
    switch (message.kind) {
      case 'welcome':
        this.#taker = message.worker
        break
      case 'refused':
        return this.#end(message.reason)
      case 'taken':
        this.handedOver += this.#inFlight.taken(message.count)
        break
      case 'knows':
        for (const listener of message.listeners) this.#listeners.add(listener)
        for (const { server, upstream } of message.servers) this.#servers.add(keyOf(upstream, server))
    }
  }

  #end(reason: string): void {
    if (this.#over !== undefined) return
    this.#over = reason
    this.#channel.close()
    const lost = this.#inFlight.lost(new LostOnItsWay(`it was being handed over, and ${reason}`))
    if (lost > 0) this.#worker.logger.error({ lost }, `${lost} connections are reset: ${reason} before it had them`)
  }
}

const sayTheyStay = (logger: Logger, reason: string): void =>
  logger.warn({ reason }, `connections cannot be handed over, and stay until they end: ${reason}`)

const keyOf = (upstream: string, server: string): string => `${upstream}\n${server}`
