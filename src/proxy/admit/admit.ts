import type { AccessTable } from '../../config/networks/access-table.ts'
import type { Peer } from '../../engine/peer.ts'
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
 * @throws {ConnectionEnded} with the outcome that refuses it
 */
export const admit = ({ access, listener, worker }: Admission, client: Peer): void => {
  if (access !== undefined && !isAdmitted(access, client.key)) {
    throw new ConnectionEnded({ outcome: 'denied', endedBy: 'proxy' })
  }
  if (!listener.take()) throw new ConnectionEnded({ outcome: 'overLimit', endedBy: 'proxy' })
  if (worker.take()) return
  listener.giveBack()
  throw new ConnectionEnded({ outcome: 'resourceExhausted', endedBy: 'proxy', error: NO_DESCRIPTOR })
}

/** Called when the sockets are closed: until then the connection counts, also at its server. */
export const leave = ({ listener, worker }: Admission): void => {
  listener.giveBack()
  worker.giveBack()
}
