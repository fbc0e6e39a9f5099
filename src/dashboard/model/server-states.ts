import type { ServerStateName } from './stats.ts'

/** The states of a server, those that need somebody first. */
const BY_URGENCY: readonly ServerStateName[] = ['down', 'ejected', 'maintenance', 'draining', 'unchecked', 'up']

export const urgencyOf = (state: ServerStateName): number => BY_URGENCY.indexOf(state)

/** Whether it gets new connections. An ejected server is a last resort. */
export const isInRotation = (state: ServerStateName): boolean => state === 'up' || state === 'unchecked'

/** It is out of rotation although nobody wanted that. */
export const isSick = (state: ServerStateName): boolean => state === 'down' || state === 'ejected'

/** An operator has taken it out of rotation. */
export const isByHand = (state: ServerStateName): boolean => state === 'draining' || state === 'maintenance'
