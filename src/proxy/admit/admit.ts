import type { AccessTable } from '../../config/networks/access-table.ts'
import type { PeerKey } from '../../engine/peer.ts'
import { ConnectionEnded, type ListenerLimit } from '../outcome.ts'
import { isAdmitted } from './access/access.ts'
import { type Arrival, type Arrivals, leaveTable } from './limits/arrivals.ts'

/** What a connection needs one of while it lives. */
export interface Places {
  /** Takes one, unless none is left. */
  take(): boolean
  /** Takes one whatever the limit is. */
  takeAnyway(): void
  giveBack(): void
}

/** Whom a listener admits, its places, and those that a worker has descriptors for, which its listeners share. */
export interface Admission {
  /** Without it everyone is admitted. */
  readonly access: AccessTable | undefined
  readonly listener: Places
  /** Where its clients are limited in how they come. */
  readonly arrivals: Arrivals | undefined
  /** Clients beyond a limit are closed, not reset. */
  readonly onLimit: 'close' | undefined
  readonly worker: Places
}

const NO_DESCRIPTOR = Object.assign(new Error('the others have all descriptors'), { code: 'EMFILE' })

/**
 * Takes the places that a new connection needs. Every admitted connection must call `leave` with what is returned.
 *
 * @param client undefined while it is not known: then `admitClient` is to be called as soon as it is
 * @throws {ConnectionEnded} with the outcome that refuses it
 */
export const admit = (admission: Admission, client: PeerKey | undefined): Arrival | undefined => {
  const { listener, arrivals, worker } = admission
  if (client !== undefined) checkAccess(admission, client)
  if (!listener.take()) throw overLimit(admission, 'maxConnections')
  if (!worker.take()) {
    listener.giveBack()
    throw new ConnectionEnded({ outcome: 'resourceExhausted', endedBy: 'proxy', error: NO_DESCRIPTOR })
  }
  if (arrivals === undefined || client === undefined) return undefined
  const arrival = arrivals.take(client)
  if (typeof arrival === 'object') return arrival
  leave(admission, undefined)
  throw overLimit(admission, arrival)
}

/** Takes the places of a connection that another process has admitted, whatever the limits are. It must leave as well. */
export const admitAnyway = ({ arrivals, listener, worker }: Admission, client: PeerKey): Arrival | undefined => {
  listener.takeAnyway()
  worker.takeAnyway()
  return arrivals?.takeAnyway(client)
}

/**
 * Admits the client of a connection that has its places.
 *
 * @throws {ConnectionEnded} with the outcome that refuses it; the connection still has to leave
 */
export const admitClient = (admission: Admission, client: PeerKey): Arrival | undefined => {
  checkAccess(admission, client)
  const arrival = admission.arrivals?.take(client)
  if (typeof arrival === 'string') throw overLimit(admission, arrival)
  return arrival
}

/** Called when the sockets are closed: until then the connection counts, also at its server. */
export const leave = ({ listener, worker }: Admission, arrival: Arrival | undefined): void => {
  if (arrival !== undefined) leaveTable(arrival)
  listener.giveBack()
  worker.giveBack()
}

const checkAccess = ({ access }: Admission, client: PeerKey): void => {
  if (access === undefined || isAdmitted(access, client)) return
  throw new ConnectionEnded({ outcome: 'denied', endedBy: 'proxy' })
}

/** @param limit of the listener; without it no server has a place */
export const overLimit = ({ onLimit }: Admission, limit?: ListenerLimit): ConnectionEnded =>
  new ConnectionEnded({ outcome: 'overLimit', endedBy: 'proxy', withFin: onLimit === 'close', ...(limit && { limit }) })
