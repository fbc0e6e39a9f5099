import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { AddressTable } from '../../config/collision.ts'
import { type Address, formatAddress } from '../../config/fields/address.ts'
import type { Config, ListenerConfig } from '../../config/schema.ts'
import { type ListeningSocket, openListeningSocket } from '../../engine/listening/listening-socket.ts'
import type { SocketAccess } from '../../system/sockets/unix/socket-file.ts'
import { StartFailed } from '../exit.ts'
import type { PassedSockets } from '../systemd/passed-sockets.ts'
import { accountId } from './account-ids.ts'
import { alreadyTaken, cannotListen, SocketRefused } from './cannot-listen.ts'

import { SocketsElsewhere } from './sockets-elsewhere.ts'

const FREED_WITHIN_MS = 2_000
const TRY_EVERY_MS = 20

/** A listening socket that the primary keeps open while workers come and go. */
export interface OpenSocket extends ListeningSocket {
  /** Never used twice in the life of the primary. */
  readonly number: number
  readonly listener: string
  /** systemd or another copyloop has it open too. */
  readonly isPassed?: boolean
  /** Its address and its permissions, as configured. */
  readonly asked: AskedSocket
}

interface AskedSocket {
  readonly address: Address
  readonly access: SocketAccess
}

/** The sockets of the listeners of a config that is not in effect yet. */
export interface PreparedSockets {
  /** Those that were opened for it. */
  readonly opened: readonly OpenSocket[]
  numbersOf(listener: string): readonly number[]
}

/** The listening sockets of every listener. The serving state names them by their numbers. */
export class ListeningSockets {
  readonly #open = new Map<number, OpenSocket>()
  readonly #passed: Pick<PassedSockets, 'find'>
  readonly #openSocket: typeof openListeningSocket
  readonly elsewhere = new SocketsElsewhere()
  #last = 0
  /** When one was closed. */
  #closedMs = Number.NEGATIVE_INFINITY

  /**
   * @param passed those that need not be opened: systemd has
   * @param openSocket opens one, or takes it over from another copyloop
   */
  constructor(passed: Pick<PassedSockets, 'find'> = NONE_PASSED, openSocket = openListeningSocket) {
    this.#passed = passed
    this.#openSocket = openSocket
  }

  get all(): readonly OpenSocket[] {
    return [...this.#open.values()]
  }

  get(number: number): OpenSocket | undefined {
    const socket = this.#open.get(number)
    return socket && this.elsewhere.has(socket.handle) ? { ...socket, isPassed: true } : socket
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
    await this.prepare(listeners)
  }

  /**
   * Opens a socket for each address, or none.
   *
   * @throws {StartFailed} if an address cannot be listened on
   */
  async open(listener: ListenerWithSockets): Promise<number[]> {
    await this.prepare([listener])
    return this.numbersOf(listener.name)
  }

  /**
   * Has a socket for each address of these listeners: the one that is open already, or a new one. Nothing is closed: those
   * that no listener has any more are closed when the state leaves them out.
   *
   * @throws {SocketRefused} if an address cannot be listened on; what was opened is closed again then
   */
  async prepare(listeners: readonly ListenerWithSockets[]): Promise<PreparedSockets> {
    const numbers = new Map<string, number[]>()
    const last = this.#last
    const opened = () => this.all.filter(({ number }) => number > last)
    for (const listener of listeners) {
      try {
        numbers.set(listener.name, await this.#prepareOne(listener))
      } catch (error) {
        for (const { number } of opened()) this.close(number)
        throw error instanceof StartFailed ? new SocketRefused(listener.name, error) : error
      }
    }
    return { numbersOf: (listener) => numbers.get(listener) ?? [], opened: opened() }
  }

  async #prepareOne({ name, listen, unix }: ListenerWithSockets): Promise<number[]> {
    const access = accessOf(name, unix)
    const numbers: number[] = []
    for (const address of listen) numbers.push(await this.#numberFor(name, { address, access }))
    return numbers
  }

  /** A socket that another listener has had goes on under a new number: no client is refused meanwhile. */
  async #numberFor(listener: string, asked: AskedSocket): Promise<number> {
    const passed = await this.#passed.find(listener, asked.address)
    // Who may connect to one that was passed is not ours to change.
    const open = this.all.filter((socket) =>
      passed ? socket.handle === passed.handle : isDeepStrictEqual(socket.asked, asked),
    )
    const own = open.find((socket) => socket.listener === listener)
    if (own) return own.number
    const movable = isOfAnyPort(asked.address) ? undefined : open[0]
    const socket = movable ?? passed ?? (await this.#bind(listener, asked))
    const number = ++this.#last
    this.#open.set(number, { ...socket, number, listener, asked })
    if (movable === undefined) this.#mustBeAlone(number, `listener ${listener}`, asked.address)
    return number
  }

  /** Workers may take a moment to accept the last clients of a socket that a reload has taken away. */
  async #openWhenFree(address: Address, access: SocketAccess): Promise<ListeningSocket> {
    for (;;) {
      try {
        return await this.#openSocket(address, access)
      } catch (error) {
        if (!isInUse(error) || performance.now() - this.#closedMs > FREED_WITHIN_MS) throw error
        await pause(TRY_EVERY_MS)
      }
    }
  }

  async #bind(listener: string, { address, access }: AskedSocket): Promise<ListeningSocket> {
    const what = `listener ${listener}`
    try {
      return await this.#openWhenFree(address, access)
    } catch (error) {
      const holder = isInUse(error) ? this.all.find((socket) => sharesPort(socket.bound, address)) : undefined
      throw holder ? alreadyTaken(what, address, nameOf(holder)) : cannotListen(what, address, error)
    }
  }

  /** @throws {StartFailed} if an earlier socket has the address of this one, the last one */
  #mustBeAlone(number: number, what: string, address: Address): void {
    const taken = new AddressTable()
    for (const socket of this.all) {
      const holder = taken.take(socket.bound, nameOf(socket))
      if (holder !== undefined && socket.number === number) throw alreadyTaken(what, address, holder)
    }
  }

  /** One that was given away stays open. */
  close(number: number): void {
    const socket = this.#open.get(number)
    if (socket && this.elsewhere.isGiven(socket.handle)) return
    this.#open.delete(number)
    this.#closedMs = performance.now()
    if (socket && !this.all.some(({ handle }) => handle === socket.handle)) socket.close()
  }

  closeAll(): void {
    for (const number of this.#open.keys()) this.close(number)
  }
}

const NONE_PASSED: Pick<PassedSockets, 'find'> = { find: async () => undefined }

type ListenerWithSockets = Pick<ListenerConfig, 'name' | 'listen' | 'unix'>

const accessOf = (listener: string, { mode, owner, group }: ListenerConfig['unix']): SocketAccess => ({
  mode,
  ...(owner !== undefined && { ownerId: accountId(listener, 'user', owner) }),
  ...(group !== undefined && { groupId: accountId(listener, 'group', group) }),
})

const nameOf = ({ listener, address }: OpenSocket): string => `listener ${listener} (${formatAddress(address)})`

/** Each listener gets a free port of its own. */
const isOfAnyPort = (address: Address): boolean => address.kind === 'tcp' && address.port === 0

const isInUse = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE'

const sharesPort = (one: Address, other: Address): boolean =>
  one.kind === 'tcp' && other.kind === 'tcp' && one.port === other.port
