import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Address } from '../../config/fields/address.ts'
import { cannotListen } from '../sockets/cannot-listen.ts'
import { adminApp } from './app.ts'
import { keepRoom } from './room.ts'
import type { AdminApi } from './routes.ts'

/** Bounds, so that clients of the admin cannot disturb the primary's own work. */
const MOST_CONNECTIONS = 64
const SLOWEST_REQUEST_MS = 5_000
const CHECK_EVERY_MS = 1_000

export interface Admin {
  readonly address: Address
  close(): void
}

/** @throws {StartFailed} if the address cannot be listened on */
export const openAdmin = async (address: Address, api: AdminApi, logger: Logger): Promise<Admin> => {
  const server = createAdaptorServer({
    fetch: adminApp(api, logger).fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: SLOWEST_REQUEST_MS,
      requestTimeout: SLOWEST_REQUEST_MS,
      keepAliveTimeout: SLOWEST_REQUEST_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
  }) as Server
  keepRoom(server, MOST_CONNECTIONS)
  try {
    await listen(server, address)
  } catch (error) {
    throw cannotListen('the admin', address, error)
  }
  return {
    address: actual(address, server),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const listen = async (server: Server, address: Address): Promise<void> => {
  server.listen(address.kind === 'unix' ? { path: address.path } : { port: address.port, host: address.host })
  await once(server, 'listening')
}

const actual = (address: Address, server: Server): Address =>
  address.kind === 'unix' ? address : { ...address, port: (server.address() as AddressInfo).port }
