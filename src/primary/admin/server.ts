import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Address } from '../../config/fields/address.ts'
import type { AdminConfig } from '../../config/schema.ts'
import { duplicateHandle } from '../../engine/listening/inherited-socket.ts'
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
const ANSWERED_WITHIN_MS = 1_000
const LOOK_EVERY_MS = 20

export interface Admin {
  readonly address: Address
  readonly socket: ListeningSocket
  /** Begins to accept, or does so again after `leave`. */
  accept(): Promise<void>
  /**
   * Accepts no more; resolves once requests that have come are answered, or a second later.
   *
   * @param isGiven another copyloop goes on with the listening socket: else clients are refused
   */
  leave(isGiven: boolean): Promise<void>
  close(): void
  /** Leaves the listening socket to the copyloop that has taken it over. */
  release(): void
}

interface AdminSource {
  /** Opens the socket, or takes it over. */
  readonly open: typeof openListeningSocket
  /** Whether the socket may be given to another copyloop, and so must outlive accepting. */
  readonly mayBeGiven: boolean
}

/** It does not accept yet. @throws {StartFailed} if the address cannot be listened on */
export const openAdmin = async (
  config: AdminConfig,
  api: AdminApi,
  logger: Logger,
  { open, mayBeGiven }: AdminSource = { open: openListeningSocket, mayBeGiven: false },
): Promise<Admin> => {
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
  let socket = await orCannotListen(config, open(config.listen, { mode: config.mode }))
  let isOpen = true
  const endConnections = () => {
    api.events.close()
    server.closeAllConnections()
  }
  /** One begins when the one before has ended. */
  let last = Promise.resolve()
  const inTurn =
    <Argument>(what: (argument: Argument) => Promise<void>) =>
    (argument: Argument) => {
      last = last.catch(() => {}).then(() => what(argument))
      return last
    }
  return {
    address: socket.address,
    get socket() {
      return socket
    },
    accept: inTurn<void>(async () => {
      if (!isOpen) socket = await orCannotListen(config, openListeningSocket(socket.address, { mode: config.mode }))
      isOpen = true
      const handle = mayBeGiven ? await duplicateHandle(socket.handle) : socket.handle
      await orCannotListen(config, acceptHere(handle, server))
    }),
    leave: inTurn(async (isGiven) => {
      if (!isGiven) socket.close()
      isOpen = isGiven
      const late = setTimeout(() => server.closeAllConnections(), ANSWERED_WITHIN_MS)
      // A connection that is kept alive is idle again after its answer.
      const idle = setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS)
      const closed = once(server, 'close')
      server.close()
      api.events.close()
      await closed
      clearTimeout(late)
      clearInterval(idle)
    }),
    close: () => {
      // `server.close` would also remove a unix socket that another process has put into the place of ours.
      if (mayBeGiven) server.close()
      if (isOpen) socket.close()
      endConnections()
    },
    release: () => {
      server.close()
      endConnections()
    },
  }
}

const orCannotListen = async <Result>({ listen }: AdminConfig, attempt: Promise<Result>): Promise<Result> => {
  try {
    return await attempt
  } catch (error) {
    throw cannotListen('the admin', listen, error)
  }
}
