import type { Flow, Relay } from '../../src/engine/engine.ts'

/** One direction of a relay in which nothing happens any more. */
export const fixedFlow = (given: Partial<Flow>): Flow => ({
  bytes: 0,
  firstByteMs: 0,
  lastByteMs: 0,
  heldSinceMs: 0,
  endedMs: 0,
  ...given,
})

export const fixedRelay = (toUpstream: Flow, toClient: Flow): Relay => ({
  toUpstream,
  toClient,
  start: () => {},
  give: () => undefined,
  refresh: () => {},
  catchUp: () => false,
  pendingBytes: () => 0,
  resetBy: undefined,
  stop: () => {},
})
