import { isAbstract } from '../../config/fields/address.ts'
import { Descriptor } from '../descriptor.ts'
import { EAGAIN, ECONNREFUSED, isAboutOneClient, isOutOfDescriptors, systemError } from '../errors.ts'
import { Block, type ReadableWatch, watchReadable } from '../ffi.ts'
import { accept } from '../libc.ts'
import { DescriptorChannel, throwOutside } from './descriptor-channel.ts'
import { boundTo, connectedTo, listenAt, makeRoom } from './unix/named-socket.ts'
import { removeStaleFileSync, SocketFile, withoutAccess } from './unix/socket-file.ts'

/** Only the user of this process may connect, and root. An abstract name has no permissions: look at the `peer`. */
const OWNER_ONLY = 0o600
/** Without a descriptor for it, the client that waits would be reported over and over. */
const OUT_OF_DESCRIPTORS_PAUSE_MS = 100

const name = new Block(128)

/** Where other processes open channels to this one. */
export class ChannelListener {
  readonly #socket: Descriptor
  readonly #path: string
  readonly #file: SocketFile | undefined
  #onChannel: (channel: DescriptorChannel) => void = () => {}
  #watch: ReadableWatch | undefined
  #pause: NodeJS.Timeout | undefined

  private constructor(socket: Descriptor, path: string, file: SocketFile | undefined) {
    this.#socket = socket
    this.#path = path
    this.#file = file
  }

  /**
   * Listens. A file that a dead process left is removed first.
   *
   * @param path `/run/x.ctl`, or `@x` for an abstract name
   * @param mode of the file
   * @throws the system's error: EADDRINUSE if another process listens there, or a file that is no socket is in the way; or
   *   RangeError if the path is too long
   */
  static listen(path: string, mode = OWNER_ONLY): ChannelListener {
    const isFile = !isAbstract({ kind: 'unix', path })
    if (isFile) removeStaleFileSync(path, () => isRefused(path))
    const socket = withoutAccess(() => boundTo(path))
    const listener = new ChannelListener(socket, path, isFile ? new SocketFile(path) : undefined)
    try {
      listener.#file?.setAccess({ mode })
      listenAt(socket, path)
    } catch (error) {
      listener.close()
      throw error
    }
    return listener
  }

  /**
   * A listening socket of another process becomes this one's as well. Those who connect from `onChannel` on see this
   * process's credentials.
   *
   * @param descriptor it is the listener's from now on
   */
  static adopt(descriptor: number, path: string): ChannelListener {
    const isFile = !isAbstract({ kind: 'unix', path })
    return new ChannelListener(new Descriptor(descriptor), path, isFile ? new SocketFile(path) : undefined)
  }

  /** To be given to another process. */
  get descriptor(): number {
    return this.#socket.number
  }

  /** Whether the path leads to this socket: not if its file was removed, or is another's. */
  get isReachable(): boolean {
    return this.#file?.isOurs !== false
  }

  /** Calls back for every channel that is opened, those that wait already included. It keeps the process alive. */
  onChannel(callback: (channel: DescriptorChannel) => void): void {
    this.#onChannel = callback
    listenAt(this.#socket, this.#path)
    this.#watch ??= watchReadable(this.#socket.number, () => throwOutside(() => this.#accept()))
  }

  /** Removes the file, unless it is another's by now. Channels that are open stay open. */
  close(): void {
    this.pause()
    this.#file?.removeIfOurs()
    this.#socket.close()
  }

  /** Accepts no more until the next `onChannel`: others wait. */
  pause(): void {
    this.#stopWatching()
    clearTimeout(this.#pause)
  }

  /** Leaves the socket and its file to another process that has it. */
  release(): void {
    this.pause()
    this.#socket.close()
  }

  #accept(): void {
    while (this.#watch !== undefined) {
      const number = accept(this.#socket.number, name)
      if (number >= 0) this.#serve(new Descriptor(number))
      else if (number === EAGAIN) return
      else if (isOutOfDescriptors(number)) return this.#pauseAccepting()
      else if (!isAboutOneClient(number)) throw systemError(number, 'accept4')
    }
  }

  #serve(socket: Descriptor): void {
    makeRoom(socket)
    this.#onChannel(new DescriptorChannel(socket))
  }

  #pauseAccepting(): void {
    this.#stopWatching()
    this.#pause = setTimeout(() => this.onChannel(this.#onChannel), OUT_OF_DESCRIPTORS_PAUSE_MS)
  }

  #stopWatching(): void {
    this.#watch?.close()
    this.#watch = undefined
  }
}

/** EPROTOTYPE: a socket of another type listens there. EAGAIN: so many wait that there is no room. */
const isRefused = (path: string): boolean => {
  try {
    connectedTo(path).close()
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno === ECONNREFUSED
  }
}
