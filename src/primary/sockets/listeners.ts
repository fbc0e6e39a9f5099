import type { Address } from '../../config/fields/address.ts'
import type { Config, ListenerConfig } from '../../config/schema.ts'
import { openListeningSocket } from '../../engine/listening-socket.ts'
import type { SocketAccess } from '../../engine/socket-file.ts'
import { cannotListen } from './cannot-listen.ts'
import { groupIdOf } from './group-id.ts'

/** A listening socket that the primary keeps open while workers come and go. */
export interface OpenListener {
  readonly listener: string
  readonly descriptor: number
  /** With the port that was given for port 0. */
  readonly address: Address
  close(): void
}

/** Opens every listening socket of the config, or none: on the first failure those already open are closed. */
export const openListeners = async (config: Config): Promise<OpenListener[]> => {
  const opened: OpenListener[] = []
  try {
    for (const { name, listen, unix } of config.listeners) {
      const access = accessOf(name, unix)
      for (const address of listen) opened.push({ listener: name, ...(await open(name, address, access)) })
    }
    return opened
  } catch (error) {
    for (const socket of opened) socket.close()
    throw error
  }
}

const accessOf = (listener: string, { mode, group }: ListenerConfig['unix']): SocketAccess => ({
  mode,
  ...(group !== undefined && { groupId: groupIdOf(listener, group) }),
})

const open = async (listener: string, address: Address, access: SocketAccess) => {
  try {
    return await openListeningSocket(address, access)
  } catch (error) {
    throw cannotListen(`listener ${listener}`, address, error)
  }
}
