import type { Address } from '../../config/fields/address.ts'
import type { Config } from '../../config/schema.ts'
import { openListeningSocket } from '../../engine/listening-socket.ts'
import { cannotListen } from './cannot-listen.ts'

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
    for (const { name, listen } of config.listeners) {
      for (const address of listen) opened.push({ listener: name, ...(await open(name, address)) })
    }
    return opened
  } catch (error) {
    for (const socket of opened) socket.close()
    throw error
  }
}

const open = async (listener: string, address: Address) => {
  try {
    return await openListeningSocket(address)
  } catch (error) {
    throw cannotListen(`listener ${listener}`, address, error)
  }
}
