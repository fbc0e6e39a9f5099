import { setTimeout as pause } from 'node:timers/promises'
import type { StateOwner } from './state-owner.ts'

const LOOK_EVERY_MS = 5

/** Whether all workers serve the state as it is now, or a later one, in time. One that is stopped, or has no core, does not. */
export const followed = async (
  owner: Pick<StateOwner, 'state' | 'oldestServed'>,
  withinMs: number,
): Promise<boolean> => {
  const { version } = owner.state
  const deadlineMs = performance.now() + withinMs
  while (owner.oldestServed < version) {
    if (performance.now() > deadlineMs) return false
    await pause(LOOK_EVERY_MS)
  }
  return true
}
