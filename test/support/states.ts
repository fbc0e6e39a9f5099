import type { ServerState, UpstreamState } from '../../src/serving/state.ts'

/** A server of which a test says only what it is about: `192.0.2.1` and this port, in rotation. */
export const serverState = (port: number, changes: Partial<ServerState> = {}): ServerState => ({
  address: { kind: 'tcp', host: '192.0.2.1', port },
  weight: 1,
  tier: 0,
  maxConnections: Number.POSITIVE_INFINITY,
  state: 'up',
  ...changes,
})

/** An upstream with all else as it is by default. */
export const upstreamState = (
  servers: Iterable<readonly [string, ServerState]> = [],
  changes: Partial<UpstreamState> = {},
): UpstreamState => ({
  balance: 'roundRobin',
  slowStartMs: Number.POSITIVE_INFINITY,
  retries: 2,
  queue: { length: 0, timeoutMs: 5_000 },
  health: 'off',
  ejection: 'off',
  onServerDown: 'keep',
  sendProxyProtocol: 'off',
  servers: new Map(servers),
  ...changes,
})
