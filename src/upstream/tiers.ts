import { isInRotation } from '../serving/rotation.ts'
import type { ServerState } from '../serving/state.ts'
import type { Server } from './server.ts'

export interface PoolEntry {
  readonly server: Server
  readonly state: ServerState
}

/** A tier of an upstream: its servers that get connections now, and all of weight that may come to it. */
export interface Tier {
  readonly number: number
  readonly usable: readonly Server[]
  readonly all: readonly Server[]
}

/**
 * The tiers that have servers in rotation, in their order. Dials to ejected servers failed, but one may succeed now: they
 * are tried rather than nobody, if there is no other.
 */
export const tiersOf = (entries: readonly PoolEntry[]): readonly Tier[] => {
  const weighty = entries.filter(({ state }) => state.weight > 0)
  const isAnyInRotation = weighty.some(({ state }) => isInRotation(state))
  const isUsable = ({ state }: PoolEntry): boolean =>
    isAnyInRotation ? isInRotation(state) : state.state === 'ejected'
  const numbers = [...new Set(weighty.map(({ state }) => state.tier))].sort((one, other) => one - other)
  return numbers.flatMap((number) => {
    const all = weighty.filter(({ state }) => state.tier === number)
    const usable = all.filter(isUsable)
    return usable.length === 0 ? [] : { number, usable: usable.map(serverOf), all: all.map(serverOf) }
  })
}

const serverOf = ({ server }: PoolEntry): Server => server
