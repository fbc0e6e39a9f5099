import { lookup } from 'node:dns/promises'
import { type Address, addressKey, formatAddress } from '../../config/fields/address.ts'
import { ConfigError } from '../../config/problems/problem.ts'
import type { ListenerConfig } from '../../config/schema.ts'
import { inheritSocket, NoListeningSocket } from '../../engine/listening/inherited-socket.ts'
import type { ListeningSocket } from '../../engine/listening/listening-socket.ts'
import { FIRST_PASSED, type PassedDescriptors } from './environment.ts'

type ListenerAddresses = Pick<ListenerConfig, 'name' | 'listen'>

interface PassedSocket extends ListeningSocket {
  readonly isPassed: true
  readonly keys: readonly string[]
  /** As its socket unit has it, or as systemd calls it. */
  readonly name: string
}

/**
 * The listening sockets that systemd has opened and passed on (socket activation). They stay open as long as the primary
 * lives: a listener that a reload brings back has its socket again. systemd keeps them open all the time, so clients that
 * come while copyloop is restarted wait, and are not refused.
 */
export class PassedSockets {
  readonly #sockets: readonly PassedSocket[]

  /** @throws {ConfigError} if one of them is no listening socket */
  static async take(passed: PassedDescriptors | undefined): Promise<PassedSockets> {
    if (passed === undefined) return new PassedSockets([])
    const { count, names } = passed
    if (names.length > 0 && names.length !== count)
      throw wrong('LISTEN_FDNAMES', `there are ${names.length} names for ${count} sockets`)
    const sockets: PassedSocket[] = []
    for (let index = 0; index < count; index++)
      sockets.push(await takeOne(FIRST_PASSED + index, names[index] ?? '', sockets))
    return new PassedSockets(sockets)
  }

  private constructor(sockets: readonly PassedSocket[]) {
    this.#sockets = sockets
  }

  /**
   * The socket that was passed for an address of a listener.
   *
   * @throws {ConfigError} if it was passed under the name of something else
   */
  async find(listener: string, address: Address): Promise<PassedSocket | undefined> {
    if (this.#sockets.length === 0) return undefined
    const key = await keyOf(address)
    const socket = this.#sockets.find(({ keys }) => keys.includes(key))
    if (socket === undefined) return undefined
    if (contradicts(socket.name, listener))
      throw wrong(
        'LISTEN_FDNAMES',
        `the socket on ${formatAddress(address)} was passed as ${socket.name}, but it is of listener ${listener}; ` +
          `write FileDescriptorName=${listener} into its socket unit, or leave that out`,
      )
    return { ...socket, address }
  }

  /** The addresses of those that none of these listeners has, with their names. */
  async unusedBy(listeners: readonly ListenerAddresses[]): Promise<string[]> {
    if (this.#sockets.length === 0) return []
    const used = new Set(await Promise.all(listeners.flatMap(({ listen }) => listen.map(keyOf))))
    return this.#sockets.filter(({ keys }) => !keys.some((key) => used.has(key))).map(describe)
  }

  /** @throws {ConfigError} if none of these listeners has one of them: its clients would wait for ever */
  async refuseUnused(listeners: readonly ListenerAddresses[]): Promise<void> {
    const [socket] = await this.unusedBy(listeners)
    if (socket === undefined) return
    const says =
      `a socket on ${socket} was passed, but no listener has this address, and its clients would wait for ever; ` +
      'correct ListenStream= in its socket unit, or add a listener'
    throw wrong('LISTEN_FDS', says)
  }

  close(): void {
    for (const { handle } of this.#sockets) handle.close()
  }
}

const takeOne = async (descriptor: number, name: string, others: readonly PassedSocket[]): Promise<PassedSocket> => {
  try {
    const { handle, addresses } = await inheritSocket(descriptor)
    const [address] = addresses
    const keys = addresses.map(addressKey)
    if (others.some((other) => other.keys.includes(keys[0] ?? '')))
      throw wrong('LISTEN_FDS', `two sockets on ${formatAddress(address)} were passed; leave one out`)
    return { handle, address, bound: address, keys, name, isPassed: true, close: () => {} }
  } catch (error) {
    if (!(error instanceof NoListeningSocket)) throw error
    throw wrong('LISTEN_FDS', `descriptor ${descriptor}${name && ` (${name})`} ${error.message}`)
  }
}

/** A name of a host stands for the address that a socket of ours would be bound to. */
export const keyOf = async (address: Address): Promise<string> => {
  if (address.kind === 'unix' || address.host === '') return addressKey(address)
  try {
    return addressKey({ ...address, host: (await lookup(address.host)).address })
  } catch {
    return addressKey(address)
  }
}

/**
 * systemd's own names tell nothing of listeners: that of the socket unit, unless it has another FileDescriptorName=, and
 * those of sd_listen_fds(3).
 */
const isDefault = (name: string): boolean =>
  name.endsWith('.socket') || ['', 'unknown', 'stored', 'connection'].includes(name)

const contradicts = (name: string, listener: string): boolean => name !== listener && !isDefault(name)

const describe = ({ address, name }: PassedSocket): string =>
  `${formatAddress(address)}${isDefault(name) ? '' : ` (${name})`}`

const wrong = (source: string, message: string): ConfigError => new ConfigError([{ source, path: '', message }])
