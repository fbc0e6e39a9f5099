import type { Logger } from 'pino'
import { closeDescriptors } from '../../system/descriptor.ts'
import type { ChannelListener } from '../../system/sockets/channel-listener.ts'
import type { DescriptorChannel } from '../../system/sockets/descriptor-channel.ts'
import { Conversation } from './conversation.ts'
import { type FromSuccessor, readFromSuccessor, VERSION } from './messages.ts'

const HELLO_WITHIN_MS = 5_000

interface Host {
  /** Why nobody may take over now. */
  refusal(): string | undefined
  /** A program has come that may. */
  welcome(talk: Conversation<FromSuccessor>, pid: number): void
  hear(message: FromSuccessor, talk: Conversation<FromSuccessor>): void
  ended(talk: Conversation<FromSuccessor>, why: string): void
}

/** Meets the programs that come to the control socket, and refuses those that may not take over. */
export class Door {
  readonly #listener: ChannelListener
  readonly #host: Host
  readonly #logger: Logger

  constructor(listener: ChannelListener, host: Host, logger: Logger) {
    this.#listener = listener
    this.#host = host
    this.#logger = logger
  }

  open(): void {
    this.#listener.onChannel((channel) => this.#meet(channel))
  }

  /** Who comes now waits, until it is opened by this copyloop or another one. */
  shut(): void {
    this.#listener.pause()
  }

  #meet(channel: DescriptorChannel): void {
    const { uid, pid } = channel.peer
    const talk = new Conversation(channel, readFromSuccessor)
    if (!channel.isOfOwnUser)
      return this.#refuse(talk, pid, `it runs as user ${uid}, and this copyloop as user ${process.getuid?.()}`)
    const late = setTimeout(() => talk.close(), HELLO_WITHIN_MS)
    talk.listen({
      hears: (message, descriptors) => {
        clearTimeout(late)
        closeDescriptors(descriptors)
        if (message.kind === 'hello') this.#greet(talk, pid, message.version)
        else this.#host.hear(message, talk)
      },
      ends: (why) => {
        clearTimeout(late)
        this.#host.ended(talk, why)
      },
    })
  }

  #greet(talk: Conversation<FromSuccessor>, pid: number, version: number): void {
    const isKnown = version === VERSION
    const unknown = `it speaks version ${version} of a take-over, and this copyloop version ${VERSION}; stop this one, then start it`
    const refusal = isKnown ? this.#host.refusal() : unknown
    if (refusal === undefined) this.#host.welcome(talk, pid)
    else this.#refuse(talk, pid, refusal)
  }

  #refuse(talk: Conversation<FromSuccessor>, pid: number, reason: string): void {
    this.#logger.warn({ pid }, `process ${pid} may not take over: ${reason}`)
    talk.tell({ kind: 'refused', reason })
    void talk.finish()
  }
}
