import type { ServerState } from './state.ts'

/** Whether the server's state lets it get new connections. `ejected` is no such state: such servers are a last resort. */
export const isInRotation = ({ state }: Pick<ServerState, 'state'>): boolean => state === 'up' || state === 'unchecked'
