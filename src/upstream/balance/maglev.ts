import { hash } from 'node:crypto'
import type { Candidate } from './balance.ts'

/** A prime: so every step leads through the whole table. For a hundred servers it is large enough to share it within 1 %. */
export const TABLE_SIZE = 65_537

/** Two numbers of 32 bits made of a text, the same on every machine. */
export const numbersOf = (text: string): readonly [number, number] => {
  const digest = hash('sha256', text, 'buffer')
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)]
}

interface Turn {
  readonly index: number
  /** Where its walk through the table stands, and how far apart its steps are. */
  at: number
  readonly step: number
  readonly weight: number
  owed: number
}

/**
 * Shares a table among servers (Eisenbud et al., Maglev, NSDI 2016, §3.4): each walks through the table in an order of its
 * own and takes the next free entry when it is its turn. The shares are as even as turns are; when a server leaves, its
 * entries are taken by others, and few of the other entries change hands. The order of the servers makes no difference.
 *
 * @returns for each entry the index of a server
 */
export const maglevTable = (servers: readonly Pick<Candidate, 'name' | 'fullWeight'>[]): Uint16Array => {
  const table = new Uint16Array(TABLE_SIZE)
  const isTaken = new Uint8Array(TABLE_SIZE)
  const turns = turnsOf(servers)
  let free = turns.length === 0 ? 0 : TABLE_SIZE
  while (free > 0) {
    for (const turn of turns) {
      turn.owed += turn.weight
      if (turn.owed < 1) continue
      turn.owed -= 1
      while (isTaken[turn.at] === 1) turn.at = (turn.at + turn.step) % TABLE_SIZE
      isTaken[turn.at] = 1
      table[turn.at] = turn.index
      free -= 1
      if (free === 0) break
    }
  }
  return table
}

/** The heaviest gets an entry in each round, the others by their weight less often. */
const turnsOf = (servers: readonly Pick<Candidate, 'name' | 'fullWeight'>[]): Turn[] => {
  const heaviest = servers.reduce((most, { fullWeight }) => Math.max(most, fullWeight), 0)
  const byName = servers.map(({ name, fullWeight }, index) => ({ name, index, weight: fullWeight / heaviest }))
  byName.sort((one, other) => (one.name < other.name ? -1 : 1))
  return byName.map(({ name, index, weight }) => {
    const [offset, skip] = numbersOf(name)
    return { index, weight, owed: 0, at: offset % TABLE_SIZE, step: (skip % (TABLE_SIZE - 1)) + 1 }
  })
}
