import { ConnectionEnded } from './outcome.ts'

/** How many connections a listener serves in this worker, and how many it may. */
export interface Admission {
  active: number
  readonly limit: number
}

/** Counts a new connection in, or throws the outcome that refuses it. Who was let in must leave. */
export const admit = (admission: Admission): void => {
  if (admission.active >= admission.limit) throw new ConnectionEnded({ outcome: 'overLimit', endedBy: 'proxy' })
  admission.active += 1
}

export const leave = (admission: Admission): void => {
  admission.active -= 1
}
