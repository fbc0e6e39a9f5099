import { AddressTable } from '../../config/collision.ts'
import { type Address, formatAddress } from '../../config/fields/address.ts'
import type { Config, ListenerConfig } from '../../config/schema.ts'
import { type ListeningSocket, openListeningSocket } from '../../engine/listening-socket.ts'
import type { SocketAccess } from '../../engine/socket-file.ts'
import { accountId } from './account-ids.ts'
import { alreadyTaken, cannotListen } from './cannot-listen.ts'

/** A listening socket that the primary keeps open while workers come and go. */
export interface OpenSocket extends ListeningSocket {
  /** Never used twice in the life of the primary. */
  readonly number: number
  readonly listener: string
}

/** The listening sockets of every listener. The serving state names them by their numbers. */
export class ListeningSockets {
  readonly #open = new Map<number, OpenSocket>()
  #last = 0

  get all(): readonly OpenSocket[] {
    return [...this.#open.values()]
  }

  get(number: number): OpenSocket | undefined {
    return this.#open.get(number)
  }

  numbersOf(listener: string): number[] {
    return this.all.filter((socket) => socket.listener === listener).map(({ number }) => number)
  }

  /**
   * Opens every listening socket of the config, or none.
   *
   * @throws {StartFailed} with what to do about the first that cannot be opened
   */
  async openAll({ listeners }: Config): Promise<void> {
    try {
      for (const listener of listeners) await this.open(listener)
    } catch (error) {
      this.closeAll()
      throw error
    }
  }

  /**
   * Opens a socket for each address, or none.
   *
   * @throws {StartFailed} if an address cannot be listened on
   */
  async open({ name, listen, unix }: Pick<ListenerConfig, 'name' | 'listen' | 'unix'>): Promise<number[]> {
    const access = accessOf(name, unix)
    const opened: number[] = []
    try {
      for (const address of listen) {
        const socket = await openSocket(name, address, access)
        const number = ++this.#last
        this.#open.set(number, { number, listener: name, ...socket })
        opened.push(number)
        this.#mustBeAlone(number, `listener ${name}`, address)
      }
    } catch (error) {
      for (const number of opened) this.close(number)
      throw error
    }
    return this.numbersOf(name)
  }

  /** @throws {StartFailed} if an earlier socket has the address of this one, the last one */
  #mustBeAlone(number: number, what: string, address: Address): void {
    const taken = new AddressTable()
    for (const socket of this.all) {
      const holder = taken.take(socket.bound, `listener ${socket.listener} (${formatAddress(socket.address)})`)
      if (holder !== undefined && socket.number === number) throw alreadyTaken(what, address, holder)
    }
  }

  close(number: number): void {
    this.#open.get(number)?.close()
    this.#open.delete(number)
  }

  closeAll(): void {
    for (const number of this.#open.keys()) this.close(number)
  }
}

const accessOf = (listener: string, { mode, owner, group }: ListenerConfig['unix']): SocketAccess => ({
  mode,
  ...(owner !== undefined && { ownerId: accountId(listener, 'user', owner) }),
  ...(group !== undefined && { groupId: accountId(listener, 'group', group) }),
})

const openSocket = async (listener: string, address: Address, access: SocketAccess) => {
  try {
    return await openListeningSocket(address, access)
  } catch (error) {
    throw cannotListen(`listener ${listener}`, address, error)
  }
}
