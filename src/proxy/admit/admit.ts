import { ConnectionEnded } from '../outcome.ts'

/** How many connections there are, and how many there may be. */
export interface Places {
  active: number
  readonly limit: number
}

/** The places of a listener in this worker, and those that the worker has descriptors for, which its listeners share. */
export interface Admission extends Places {
  readonly worker: Places
}

const NO_DESCRIPTOR = Object.assign(new Error('the others have all descriptors'), { code: 'EMFILE' })

/** Counts a new connection in, or throws the outcome that refuses it. Who was let in must leave. */
export const admit = (admission: Admission): void => {
  const { worker } = admission
  if (admission.active >= admission.limit) throw new ConnectionEnded({ outcome: 'overLimit', endedBy: 'proxy' })
  if (worker.active >= worker.limit) {
    throw new ConnectionEnded({ outcome: 'resourceExhausted', endedBy: 'proxy', error: NO_DESCRIPTOR })
  }
  admission.active += 1
  worker.active += 1
}

export const leave = (admission: Admission): void => {
  admission.active -= 1
  admission.worker.active -= 1
}
