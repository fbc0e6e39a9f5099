import { holdsWithin } from '../clock.ts'
import type { StateOwner } from './state-owner.ts'

/** Whether all workers serve the state as it is now, or a later one, in time. One that is stopped, or has no core, does not. */
export const followed = (owner: Pick<StateOwner, 'state' | 'oldestServed'>, withinMs: number): Promise<boolean> => {
  const { version } = owner.state
  return holdsWithin(withinMs, () => owner.oldestServed >= version)
}
