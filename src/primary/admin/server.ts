import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Address } from '../../config/fields/address.ts'
import type { AdminConfig } from '../../config/schema.ts'
import { acceptHere, type ListeningSocket, openListeningSocket } from '../../engine/listening/listening-socket.ts'
import { cannotListen } from '../sockets/cannot-listen.ts'
import { adminApp } from './app.ts'
import { oneAtATime } from './fairness/one-at-a-time.ts'
import { refuseLate } from './fairness/refuse-late.ts'
import { keepRoom } from './fairness/room.ts'
import type { AdminApi } from './routes.ts'

/** Bounds, so that clients of the admin cannot disturb the primary's own work. Others are in `fairness/` and `read-json.ts`. */
const REQUEST_WITHIN_MS = 10_000
const NEXT_REQUEST_WITHIN_MS = 5_000
const CHECK_EVERY_MS = 1_000
const LARGEST_HEADERS_BYTES = 16 * 1024

export interface Admin {
  readonly address: Address
  close(): void
}

/** @throws {StartFailed} if the address cannot be listened on */
export const openAdmin = async (config: AdminConfig, api: AdminApi, logger: Logger): Promise<Admin> => {
  const answer = getRequestListener(adminApp(api, logger, config.token).fetch, { overrideGlobalObjects: false })
  const limits = {
    headersTimeout: REQUEST_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: NEXT_REQUEST_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    maxHeaderSize: LARGEST_HEADERS_BYTES,
  }
  const server = createServer(limits, oneAtATime(answer))
  refuseLate(server)
  keepRoom(server, api.events)
  const socket = await listen(config, server)
  return {
    address: socket.address,
    close: () => {
      api.events.close()
      // `server.close` would also remove a unix socket that another process has put into the place of ours.
      socket.close()
      server.closeAllConnections()
    },
  }
}

const listen = async ({ listen: address, mode }: AdminConfig, server: Server): Promise<ListeningSocket> => {
  try {
    const socket = await openListeningSocket(address, { mode })
    await acceptHere(socket, server)
    return socket
  } catch (error) {
    throw cannotListen('the admin', address, error)
  }
}
