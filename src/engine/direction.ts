/**
 * The two ends of a connection, and the two ways that bytes go between them. On its own, for the package's types name it:
 * those must not need the types of Node.
 */

export type Side = 'client' | 'upstream'

export const DIRECTIONS = ['toUpstream', 'toClient'] as const
export type Direction = (typeof DIRECTIONS)[number]

export const oppositeOf = (direction: Direction): Direction => (direction === 'toClient' ? 'toUpstream' : 'toClient')

export const otherSide = (side: Side): Side => (side === 'client' ? 'upstream' : 'client')

/** The direction of the bytes that `sender` sends. */
export const directionFrom = (sender: Side): Direction => (sender === 'client' ? 'toUpstream' : 'toClient')

/** What there is once for each direction. */
export interface BothWays<Item> {
  readonly toUpstream: Item
  readonly toClient: Item
}

/** The one for the bytes that `sender` sends. */
export const sentBy = <Item>(both: BothWays<Item>, sender: Side): Item =>
  sender === 'client' ? both.toUpstream : both.toClient

/** The one for the bytes that `receiver` gets. */
export const sentTo = <Item>(both: BothWays<Item>, receiver: Side): Item => sentBy(both, otherSide(receiver))
