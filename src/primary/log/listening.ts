import type { Logger } from 'pino'
import { formatAddress } from '../../config/fields/address.ts'
import type { OpenSocket } from '../sockets/listeners.ts'

/** Logs where each listener accepts clients: one line for each. */
export const sayListening = (sockets: readonly OpenSocket[], logger: Logger): void => {
  for (const name of new Set(sockets.map(({ listener }) => listener))) {
    const own = sockets.filter(({ listener }) => listener === name)
    const addresses = own.map(({ address }) => formatAddress(address))
    logger.info({ listener: name, addresses }, `listening on ${addresses.join(', ')}`)
  }
}
