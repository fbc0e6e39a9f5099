import type { Address } from '../../config/fields/address.ts'
import type { Peer } from '../../engine/engine.ts'
import type { Pool, Server } from '../../upstream/pool.ts'
import { ConnectionEnded, type End, type Outcome } from '../outcome.ts'

/** No answer came within `connect`. */
export class DialTimeout extends Error {
  override readonly name = 'DialTimeout'
  readonly code = 'ETIMEDOUT'
}

/** What dialling needs of the connection that it dials for. */
export interface Dialler {
  /** Waits for the addresses of a server's name; rejects as `attempt` does, or with the resolver's error. */
  resolving(addresses: Promise<readonly Address[]>): Promise<readonly Address[]>
  /** Connects to one address; rejects with the system's error, a DialTimeout, or the ConnectionEnded that cut it short. */
  attempt(server: Server, address: Address): Promise<Peer>
  /** An address, or resolving a name, failed; the next is tried. */
  failed(server: Server, error: Error): void
}

/** The server that was reached, and the connection to it. */
export interface DialResult {
  readonly peer: Peer
  readonly server: Server
}

/**
 * Reaches a server: the one whose turn it is, else the next; of a name with several addresses, each is tried.
 *
 * @throws ConnectionEnded with the outcome of the last attempt when none could be reached.
 */
export const dialUpstream = async (pool: Pool, dialler: Dialler): Promise<DialResult> => {
  let failure: Error | undefined
  for (const server of pool.candidates()) {
    let addresses: readonly Address[] = []
    try {
      const known = server.addresses()
      addresses = known instanceof Promise ? await dialler.resolving(known) : known
    } catch (error) {
      if (error instanceof ConnectionEnded) throw error
      failure = error as Error
      dialler.failed(server, failure)
    }
    for (const address of addresses) {
      try {
        return { peer: await dialler.attempt(server, address), server }
      } catch (error) {
        if (error instanceof ConnectionEnded) throw error
        failure = error as Error
        dialler.failed(server, failure)
      }
    }
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
