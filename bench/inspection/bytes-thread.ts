/** The thread of bytes.ts: takes a batch in one of four ways, looks at one byte of each chunk, and answers. */
import { Piscina } from 'piscina'

const { move, transferableSymbol, valueSymbol } = Piscina

export interface Batch {
  way: Way
  /** For `clone` and `transfer`. */
  chunks?: Uint8Array<ArrayBuffer>[]
  /** For the arena: the memory that both threads see; `count` chunks of `size` stand in it. */
  arena?: SharedArrayBuffer
  count: number
  size: number
}
export type Way = 'clone' | 'transfer' | 'arena' | 'arena, copied'

export default function look({ way, chunks = [], arena, count, size }: Batch): unknown {
  let seen = 0
  for (const chunk of arena ? inArena(arena, count, size, way) : chunks) seen += chunk.at(-1) ?? 0
  if (way !== 'transfer') return seen
  // Here `pass` has to carry the bytes back: the sender has given them away.
  return move({ [transferableSymbol]: chunks.map(({ buffer }) => buffer), [valueSymbol]: chunks } as never)
}

function* inArena(arena: SharedArrayBuffer, count: number, size: number, way: Way): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    const view = new Uint8Array(arena, index * size, size)
    yield way === 'arena' ? view : new Uint8Array(view)
  }
}
