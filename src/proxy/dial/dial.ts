import type { Address } from '../../config/fields/address.ts'
import type { Peer } from '../../engine/engine.ts'
import type { Pool } from '../../upstream/pool.ts'
import type { Waiting } from '../../upstream/queue.ts'
import type { Server } from '../../upstream/server.ts'
import { ConnectionEnded, type End, type Outcome } from '../outcome.ts'
import { addressOf } from './client-address.ts'

/** No answer came within `connect`. */
export class DialTimeout extends Error {
  override readonly name = 'DialTimeout'
  readonly code = 'ETIMEDOUT'
}

/** What dialling needs of the connection that it dials for. */
export interface Dialler {
  /** The client, in the form of `Peer.remote`. */
  readonly client: string
  /** Whether the time for the whole dial is used up. */
  readonly isOutOfTime: boolean
  /** Waits in the queue; rejects with the ConnectionEnded that cut it short. */
  queueing(waiting: Waiting, timeoutMs: number): Promise<Server>
  /** Connects; rejects with the system's error, a DialTimeout, or the ConnectionEnded that cut it short. */
  attempt(server: Server, address: Address): Promise<Peer>
  /** An attempt failed; the next server is tried. */
  failed(server: Server, error: Error): void
  /** The end of a client for whom there is no place, neither at a server nor in the queue. */
  overLimit(): ConnectionEnded
}

/** The server that was reached, and the connection to it. */
export interface DialResult {
  readonly peer: Peer
  readonly server: Server
}

/** The client has waited in the queue for as long as it may. */
export const waitedTooLong = (): ConnectionEnded => new ConnectionEnded({ outcome: 'queueTimeout', endedBy: 'proxy' })

const NONE: readonly Server[] = []
/** Its name lost its last address between the choice and the dial. */
const NO_ADDRESS = Object.assign(new Error('its name has no address'), { code: 'ENOTFOUND' })

/**
 * Reaches a server: the one that the pool chooses, else up to `retries` others. The place at the server that is reached is
 * the caller's, who gives it back.
 *
 * @throws ConnectionEnded with the outcome of the last attempt when none could be reached.
 */
export const dialUpstream = async (pool: Pool, dialler: Dialler): Promise<DialResult> => {
  const client = pool.needsClient ? addressOf(dialler.client) : ''
  const ticket = pool.newTicket()
  let tried = NONE
  let failure: Error | undefined
  let hasWaited = false
  while (tried.length <= pool.retries && (failure === undefined || !dialler.isOutOfTime)) {
    let server = pool.choose(client, tried, ticket)
    if (server === undefined) {
      if (!pool.hasServer(tried)) break
      const waiting = pool.wait(client, tried, ticket, hasWaited)
      if (waiting === undefined) throw dialler.overLimit()
      hasWaited = true
      server = await dialler.queueing(waiting, pool.queueTimeoutMs)
    }
    try {
      if (server.address === undefined) throw NO_ADDRESS
      return { peer: await dialler.attempt(server, server.address), server }
    } catch (error) {
      if (error instanceof ConnectionEnded) {
        server.giveBack()
        throw error
      }
      failure = error as Error
      dialler.failed(server, failure)
    }
    server.giveBack()
    tried = [...tried, server]
  }
  throw new ConnectionEnded(failure ? endOfDial(failure) : { outcome: 'noServer', endedBy: 'proxy' })
}

/** The end of a connection whose last dial failed with this error. */
export const endOfDial = (error: NodeJS.ErrnoException): End => {
  const outcome = OUTCOME_OF[error.code ?? ''] ?? 'dialFailed'
  return { outcome, endedBy: outcome === 'dialRefused' ? 'upstream' : 'proxy', error }
}

/**
 * connect(2), socket(2). A server that has accepted may reset at once, with a FIN before it (EPIPE) or without. A unix
 * socket without a listener refuses too, also when its file is gone. EADDRNOTAVAIL is not here: that no port is left is one
 * of its reasons, that this machine has no address of the server's family another.
 */
const OUTCOME_OF: Partial<Record<string, Outcome>> = {
  ECONNREFUSED: 'dialRefused',
  ECONNRESET: 'dialRefused',
  EPIPE: 'dialRefused',
  ENOENT: 'dialRefused',
  ETIMEDOUT: 'dialTimeout',
  EMFILE: 'resourceExhausted',
  ENFILE: 'resourceExhausted',
  ENOBUFS: 'resourceExhausted',
  ENOMEM: 'resourceExhausted',
}
