import { type Address, addressKey, parseAddress } from '../../config/fields/address.ts'
import type { ControlAddress } from '../../config/sections/control.ts'
import type { BoundHandle } from '../../engine/engine.ts'
import { inheritSocket } from '../../engine/listening/inherited-socket.ts'
import { type ListeningSocket, openListeningSocket } from '../../engine/listening/listening-socket.ts'
import { closeDescriptors } from '../../system/descriptor.ts'
import { type SocketAccess, SocketFile } from '../../system/sockets/unix/socket-file.ts'
import { StartFailed } from '../exit.ts'
import { cannotListen } from '../sockets/cannot-listen.ts'
import { keyOf } from '../systemd/passed-sockets.ts'
import type { OfferedSocket } from './messages.ts'

interface TakenSocket extends OfferedSocket {
  readonly handle: BoundHandle
  readonly keys: readonly string[]
}

/** The sockets of the copyloop from which this one takes over. What this one does not use is closed, and stays the other's. */
export class TakenSockets {
  readonly #unused: TakenSocket[] = []
  readonly #used: TakenSocket[] = []
  /** Owners and permissions of files that are set once we serve. */
  readonly #files: { address: Address; file: SocketFile; access: SocketAccess }[] = []
  #control: { socket: OfferedSocket; descriptor: number } | undefined
  #isControlUsed = false
  /** Until then the files of unix sockets are the other's. */
  areOurs = false

  /** @throws {StartFailed} for a descriptor that is no listening socket */
  async add(offered: readonly OfferedSocket[], descriptors: readonly number[]): Promise<void> {
    for (const [index, socket] of offered.entries()) {
      const descriptor = descriptors[index] ?? -1
      if (socket.what === 'control') this.#control = { socket, descriptor }
      else this.#unused.push({ ...socket, ...(await inherited(socket, descriptor)) })
    }
  }

  /** Opens a socket, or uses the one that was taken over for this address. As `openListeningSocket`. */
  readonly opener =
    (what: OfferedSocket['what']): typeof openListeningSocket =>
    async (address, access) =>
      (await this.#use(what, address, access)) ?? openListeningSocket(address, access)

  /** The descriptor of the control socket, if its address is this one. */
  takeControl(address: ControlAddress): number | undefined {
    if (this.#control === undefined || !isAt(this.#control.socket, address)) return undefined
    this.#isControlUsed = true
    return this.#control.descriptor
  }

  /** Closes what is not used. Returns the numbers of the others. */
  keep(): number[] {
    for (const { handle } of this.#unused.splice(0)) handle.close()
    const numbers = this.#used.map(({ number }) => number)
    if (this.#control === undefined) return numbers
    if (this.#isControlUsed) return [...numbers, this.#control.socket.number]
    closeDescriptors([this.#control.descriptor])
    this.#control = undefined
    return numbers
  }

  get handles(): BoundHandle[] {
    return this.#used.map(({ handle }) => handle)
  }

  /** Gives the files of unix sockets the permissions that they have here. @throws {StartFailed} if this user may not */
  setAccess(): void {
    for (const { address, file, access } of this.#files) {
      try {
        if (access !== undefined) file.setAccess(access)
      } catch (error) {
        throw cannotListen('this copyloop', address, error)
      }
    }
  }

  async #use(
    what: OfferedSocket['what'],
    address: Address,
    access?: SocketAccess,
  ): Promise<(ListeningSocket & { isPassed: boolean }) | undefined> {
    const key = await keyOf(address)
    const index = this.#unused.findIndex((socket) => socket.what === what && socket.keys.includes(key))
    const [socket] = index < 0 ? [] : this.#unused.splice(index, 1)
    if (socket === undefined) return undefined
    this.#used.push(socket)
    const { handle, isPassed } = socket
    if (address.kind === 'tcp' || address.path.startsWith('@') || isPassed)
      return { handle, address, bound: parseAddress(socket.address), isPassed, close: () => handle.close() }
    const file = new SocketFile(address.path)
    if (access) this.#files.push({ address, file, access })
    const close = () => {
      if (this.areOurs) file.removeIfOurs()
      handle.close()
    }
    return { handle, address, bound: address, isPassed, file, close }
  }
}

const isAt = ({ address }: OfferedSocket, other: Address): boolean =>
  addressKey(parseAddress(address)) === addressKey(other)

const inherited = async ({ address }: OfferedSocket, descriptor: number) => {
  try {
    const { handle, addresses } = await inheritSocket(descriptor)
    // libuv fills abstract names up with zeros, or does not, by its version: the kernel's name is not the one in the config.
    return { handle, keys: [...addresses, parseAddress(address)].map(addressKey) }
  } catch (error) {
    throw new StartFailed(`the socket on ${address} cannot be taken over: it ${(error as Error).message}`)
  }
}
