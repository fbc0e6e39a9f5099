import type { Candidate } from '../../../src/upstream/balance/balance.ts'

export interface Server extends Candidate {
  fullWeight: number
  weight: number
  load: number
}

export const serverOf = (name: string, weight = 1, load = 0): Server => ({
  name,
  fullWeight: weight,
  weight,
  load,
  credit: 0,
})

/** `10.0.0.1:9000` and the next ones, of these weights. */
export const serversOf = (weights: readonly number[]): Server[] =>
  weights.map((weight, index) => serverOf(`10.0.${index >> 8}.${index & 255}:9000`, weight))

/** How often each of the servers was chosen. */
export const countOf = <Of>(servers: readonly Of[], chosen: readonly Of[]): number[] => {
  const counts = new Map<Of, number>()
  for (const server of chosen) counts.set(server, (counts.get(server) ?? 0) + 1)
  return servers.map((server) => counts.get(server) ?? 0)
}
