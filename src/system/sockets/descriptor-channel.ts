/** Messages with descriptors between any two processes, over a unix socket that keeps their borders (unix(7) SOCK_SEQPACKET). */
import { Descriptor } from '../descriptor.ts'
import { EAGAIN, ECONNRESET, EINTR, isResetOfConnection, isShortOfMemory, systemError } from '../errors.ts'
import { type ReadableWatch, watchReadable } from '../ffi.ts'
import { type Received, receiveMessage, sendMessage } from './unix/message.ts'
import { type Credentials, connectedTo, credentialsOf } from './unix/named-socket.ts'

export interface ChannelMessage {
  readonly bytes: Buffer
  readonly descriptors: readonly number[]
}

/** One end of a channel. */
export class DescriptorChannel {
  readonly #socket: Descriptor
  #watch: ReadableWatch | undefined
  /** The process at the other end. What it had open then may since have passed to another process. */
  readonly peer: Credentials

  /** @param socket it is the channel's from now on. @throws the system's error; the socket is closed then */
  constructor(socket: Descriptor) {
    this.#socket = socket
    try {
      this.peer = credentialsOf(socket)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** Whether the process at the other end runs as the user of this one. */
  get isOfOwnUser(): boolean {
    return this.peer.uid === process.getuid?.()
  }

  /** @param path `/run/x.ctl`, or `@x` for an abstract name. @throws the system's error, or RangeError if it is too long */
  static connect(path: string): DescriptorChannel {
    return new DescriptorChannel(connectedTo(path))
  }

  /**
   * Never blocks. The descriptors stay the caller's, who may close them: the kernel keeps what they refer to for the other
   * end, and releases it if that never receives them.
   *
   * @returns `full`: nothing was sent, because the other end has not received enough yet, or memory or the user's limit of
   *   descriptors that are on their way is short (ETOOMANYREFS of unix(7)); try again later
   * @throws the system's error, as EBADF; RangeError for a message that is empty, too long or has too many descriptors
   */
  send(bytes: Uint8Array, descriptors: readonly number[] = []): 'sent' | 'full' | 'gone' {
    for (;;) {
      const result = sendMessage(this.#socket.number, bytes, descriptors)
      if (result >= 0) return 'sent'
      if (result === EINTR) continue
      if (result === EAGAIN || isShortOfMemory(result)) return 'full'
      if (isResetOfConnection(result)) return 'gone'
      throw systemError(result, 'sendmsg')
    }
  }

  /**
   * The next message, whose descriptors are the caller's; undefined if there is none yet. `ended` once the other end is
   * closed and all that it sent has been received.
   *
   * @throws Error for a message that has lost descriptors on its way, with the code EMFILE, or its end: what came of it is
   *   closed. Or the system's error.
   */
  receive(): ChannelMessage | undefined | 'ended' {
    for (;;) {
      const received = receiveMessage(this.#socket.number)
      const { result, bytes, descriptors } = received
      // ECONNRESET: the other end was closed before it had received all. It is reported once, then what it sent follows.
      if (result === EINTR || result === ECONNRESET) continue
      if (result === EAGAIN) return undefined
      if (result < 0) throw systemError(result, 'recvmsg')
      if (received.isCut || received.lacksDescriptors) throw lossOf(received)
      if (result === 0 && descriptors.length === 0) return 'ended'
      return { bytes, descriptors }
    }
  }

  /**
   * Calls back while a message waits, and at the end until the channel is closed. It keeps the process alive until then.
   * May be called once.
   */
  onReadable(callback: () => void): void {
    if (this.#watch) throw new Error('the channel is watched already')
    this.#watch = watchReadable(this.#socket.number, () => throwOutside(callback))
  }

  /** What was sent may still be received. */
  close(): void {
    this.#watch?.close()
    this.#watch = undefined
    this.#socket.close()
  }
}

/** Descriptors that came with a message nobody can use. */
const lossOf = ({ isCut, descriptors }: Received): Error => {
  for (const descriptor of descriptors) new Descriptor(descriptor).close()
  if (isCut)
    return Object.assign(new Error('a message on the channel was too long and has been cut'), { code: 'EMSGSIZE' })
  const message =
    'a message on the channel came without all of its descriptors: this process may open no more; raise the limit ' +
    '(ulimit -n, LimitNOFILE=)'
  return Object.assign(new Error(message), { code: 'EMFILE' })
}

/** An error that passed through the addon would be lost. */
export const throwOutside = (callback: () => void): void => {
  try {
    callback()
  } catch (error) {
    setImmediate(() => {
      throw error
    })
  }
}
