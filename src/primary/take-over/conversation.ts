import { closeDescriptors } from '../../system/descriptor.ts'
import type { DescriptorChannel } from '../../system/sockets/descriptor-channel.ts'
import type { FromPredecessor, FromSuccessor, ReadMessage } from './messages.ts'

const TRY_AGAIN_MS = 10
const SENT_WITHIN_MS = 1_000

interface Listener<Heard> {
  /** The descriptors are the listener's. */
  hears(message: Heard, descriptors: readonly number[]): void
  /** The other program is gone, or does not speak as it should: `why`. Comes once, and not after `close`. */
  ends(why: string): void
}

/** One end of the talk between two copyloops. */
export class Conversation<Heard> {
  readonly #channel: DescriptorChannel
  readonly #read: ReadMessage<Heard>
  #unsent: { bytes: Buffer; descriptors: readonly number[] }[] = []
  #retry: NodeJS.Timeout | undefined
  #listener: Listener<Heard> | undefined
  #onSent: () => void = () => {}
  #isClosed = false

  constructor(channel: DescriptorChannel, read: ReadMessage<Heard>) {
    this.#channel = channel
    this.#read = read
  }

  listen(listener: Listener<Heard>): void {
    this.#listener = listener
    this.#channel.onReadable(() => this.#receive())
  }

  /** Sends as soon as there is room. The descriptors must stay open until then: see `hasUnsent`. */
  tell(message: FromPredecessor | FromSuccessor, descriptors: readonly number[] = []): void {
    if (this.#isClosed) return
    this.#unsent.push({ bytes: Buffer.from(JSON.stringify(message)), descriptors })
    this.#send()
  }

  get hasUnsent(): boolean {
    return this.#unsent.length > 0
  }

  /** Ends it once all is sent, or a second later. */
  async finish(): Promise<void> {
    if (this.hasUnsent && !this.#isClosed) {
      const late = setTimeout(() => this.#onSent(), SENT_WITHIN_MS)
      await new Promise<void>((resolve) => {
        this.#onSent = resolve
      })
      clearTimeout(late)
    }
    this.close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#unsent = []
    this.#channel.close()
    this.#onSent()
  }

  #send(): void {
    clearTimeout(this.#retry)
    for (;;) {
      const [next] = this.#unsent
      if (next === undefined) return this.#onSent()
      const result = this.#channel.send(next.bytes, next.descriptors)
      if (result === 'full') {
        this.#retry = setTimeout(() => this.#send(), TRY_AGAIN_MS)
        return
      }
      // Its last messages may still wait to be received, and the end comes after them.
      if (result === 'gone') this.#unsent = []
      else this.#unsent.shift()
    }
  }

  #receive(): void {
    while (!this.#isClosed) {
      let received: ReturnType<DescriptorChannel['receive']>
      try {
        received = this.#channel.receive()
      } catch (error) {
        return this.#end((error as Error).message)
      }
      if (received === undefined) return
      if (received === 'ended') return this.#end('it has ended')
      const message = this.#read(received.bytes)
      if (message !== undefined) this.#listener?.hears(message, received.descriptors)
      else {
        closeDescriptors(received.descriptors)
        return this.#end('it has sent a message that this copyloop does not understand')
      }
    }
  }

  #end(why: string): void {
    this.close()
    this.#listener?.ends(why)
  }
}
