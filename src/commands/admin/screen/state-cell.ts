import type { Cell } from './table.ts'

const [RED, GREEN, YELLOW] = [31, 32, 33]

const COLOUR_OF: Readonly<Record<string, number>> = {
  up: GREEN,
  serving: GREEN,
  down: RED,
  stale: RED,
  ejected: YELLOW,
  draining: YELLOW,
  maintenance: YELLOW,
  starting: YELLOW,
}

/** The state of a server or a worker. */
export const stateCell = (state: string): Cell => {
  const colour = COLOUR_OF[state]
  return colour === undefined ? { text: state } : { text: state, colour }
}
