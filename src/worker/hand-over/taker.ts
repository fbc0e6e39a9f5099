import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { HandOver } from '../../engine/engine.ts'
import type { GivenConnection } from '../../proxy/hand-over/given-connection.ts'
import type { Living } from '../../proxy/living.ts'
import type { LivingConnection } from '../../proxy/record.ts'
import { closeDescriptors } from '../../system/descriptor.ts'
import { ChannelListener } from '../../system/sockets/channel-listener.ts'
import type { ChannelMessage, DescriptorChannel } from '../../system/sockets/descriptor-channel.ts'
import { decodeConnection } from './given-message.ts'
import { guardConnections } from './guard.ts'
import { type ConnectionMessage, decode, encode, type ToGiver, type ToTaker, VERSION } from './protocol.ts'

/** The worker that takes connections over. */
export interface TakingWorker {
  readonly workerId: number
  readonly logger: Logger
  readonly handOver: HandOver
  readonly living: Living<LivingConnection>
  /** The names of its listeners, and of its servers by upstream. */
  known(): { readonly listeners: readonly string[]; readonly servers: readonly UpstreamServer[] }
  /** Reports to the primary what it counts. */
  report(): void
  /** Goes on with a connection. @throws if it cannot; the sockets are reset then */
  takeOver(given: GivenConnection): void
}

export interface UpstreamServer {
  readonly upstream: string
  readonly server: string
}

/** So many names go into one message. */
const NAMES = 500
const TRY_AGAIN_MS = 1
const GIVER_WITHIN_MS = 10_000

/** Takes connections over from other workers, of this copyloop or of the one before. */
export class Taker {
  /** Where givers connect to: an abstract name that nobody can guess, and only this user's processes are heard. */
  readonly address = `@copyloop-${process.pid}-${randomBytes(12).toString('hex')}`
  readonly #worker: TakingWorker
  readonly #listener: ChannelListener
  readonly #channels = new Set<DescriptorChannel>()
  #unguarding: NodeJS.Timeout | undefined

  /** @throws the system's error */
  constructor(worker: TakingWorker) {
    this.#worker = worker
    this.#listener = ChannelListener.listen(this.address)
    this.#listener.onChannel((channel) => this.#begin(channel))
  }

  /** A giver will come soon. */
  expect(): void {
    this.#guard(true)
  }

  #begin(channel: DescriptorChannel): void {
    if (!channel.isOfOwnUser) return channel.close()
    this.#channels.add(channel)
    this.#guard(true)
    channel.onReadable(() => this.#read(channel))
  }

  #end(channel: DescriptorChannel): void {
    channel.close()
    this.#channels.delete(channel)
    if (this.#channels.size === 0) this.#guard(false)
  }

  /** From the moment that a giver may come until the last has ended, or none has come. */
  #guard(isOn: boolean): void {
    const { handOver, living } = this.#worker
    clearTimeout(this.#unguarding)
    guardConnections(handOver, living, isOn)
    if (isOn && this.#channels.size === 0)
      this.#unguarding = setTimeout(() => this.#guard(false), GIVER_WITHIN_MS).unref()
  }

  #read(channel: DescriptorChannel): void {
    let taken = 0
    try {
      for (let message = channel.receive(); message !== undefined; message = channel.receive()) {
        if (message === 'ended') return this.#end(channel)
        taken += this.#hear(channel, message)
      }
      if (taken === 0) return
      // First the primary knows of them: whichever of the two workers is killed, they are counted.
      this.#worker.report()
      void this.#send(channel, { kind: 'taken', count: taken })
    } catch (error) {
      this.#worker.logger.error({ err: error }, 'the hand-over of connections to this worker has failed')
      this.#end(channel)
    }
  }

  /** @returns how many connections it has brought */
  #hear(channel: DescriptorChannel, { bytes, descriptors }: ChannelMessage): number {
    const { message, undelivered } = decode<ToTaker>(bytes)
    if (message.kind === 'connection') {
      this.#take(message, undelivered, descriptors)
      return 1
    }
    closeDescriptors(descriptors)
    if (message.kind === 'hello') void this.#welcome(channel, message.version)
    return 0
  }

  #take(message: ConnectionMessage, undelivered: Buffer, descriptors: readonly number[]): void {
    try {
      this.#worker.takeOver(decoded(message, undelivered, descriptors))
    } catch (err) {
      const { connectionId } = message.facts.came
      this.#worker.logger.error({ err, connectionId }, 'a connection could not be taken over, and is reset')
    }
  }

  async #welcome(channel: DescriptorChannel, version: number): Promise<void> {
    if (version !== VERSION) {
      const reason = `the giver speaks version ${version} of the hand-over, and the taker version ${VERSION}`
      return this.#send(channel, { kind: 'refused', reason })
    }
    const { listeners, servers } = this.#worker.known()
    for (let begin = 0; begin < Math.max(listeners.length, servers.length); begin += NAMES) {
      const end = begin + NAMES
      await this.#send(channel, {
        kind: 'knows',
        listeners: listeners.slice(begin, end),
        servers: servers.slice(begin, end),
      })
    }
    await this.#send(channel, { kind: 'welcome', version: VERSION, worker: this.#worker.workerId })
  }

  /** Waits while the giver has yet to read what came before. */
  async #send(channel: DescriptorChannel, message: ToGiver): Promise<void> {
    const bytes = encode(message)
    while (this.#channels.has(channel) && channel.send(bytes) === 'full') await pause(TRY_AGAIN_MS)
  }
}

/** Descriptors that nobody will use are closed: their sockets are reset then, for the giver has seen to that. */
const decoded = (...message: Parameters<typeof decodeConnection>): GivenConnection => {
  try {
    return decodeConnection(...message)
  } catch (error) {
    closeDescriptors(message[2])
    throw error
  }
}
