import type { Peer } from './peer.ts'

/** No proxy: what the generator and the origin can do alone, and so what the figures of the others contain. */
export const direct: Peer = {
  name: 'direct',
  label: 'direct (no proxy)',
  ours: false,
  absent: async () => undefined,
  version: async () => '',
  command: () => undefined,
}
