import type { AccessTable } from '../../config/networks/access-table.ts'
import type { PeerKey } from '../../engine/peer.ts'
import { ConnectionEnded } from '../outcome.ts'
import { isAdmitted } from './access/access.ts'

/** What a connection needs one of while it lives. */
export interface Places {
  /** Takes one, unless none is left. */
  take(): boolean
  giveBack(): void
}

/** Whom a listener admits, its places, and those that a worker has descriptors for, which its listeners share. */
export interface Admission {
  /** Without it everyone is admitted. */
  readonly access: AccessTable | undefined
  readonly listener: Places
  readonly worker: Places
}

const NO_DESCRIPTOR = Object.assign(new Error('the others have all descriptors'), { code: 'EMFILE' })

/**
 * Takes the places that a new connection needs. Every admitted connection must call `leave`.
 *
 * @param client undefined while it is not known: then `admitClient` is to be called as soon as it is
 * @throws {ConnectionEnded} with the outcome that refuses it
 */
export const admit = (admission: Admission, client: PeerKey | undefined): void => {
  const { listener, worker } = admission
  if (client !== undefined) admitClient(admission, client)
  if (!listener.take()) throw new ConnectionEnded({ outcome: 'overLimit', endedBy: 'proxy' })
  if (worker.take()) return
  listener.giveBack()
  throw new ConnectionEnded({ outcome: 'resourceExhausted', endedBy: 'proxy', error: NO_DESCRIPTOR })
}

/** @throws {ConnectionEnded} if the access lists do not admit the client */
export const admitClient = ({ access }: Admission, client: PeerKey): void => {
  if (access === undefined || isAdmitted(access, client)) return
  throw new ConnectionEnded({ outcome: 'denied', endedBy: 'proxy' })
}

/** Called when the sockets are closed: until then the connection counts, also at its server. */
export const leave = ({ listener, worker }: Admission): void => {
  listener.giveBack()
  worker.giveBack()
}
