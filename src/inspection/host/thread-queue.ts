import { MOST_ITEMS } from '../shared/direct-line.ts'
import { type Answer, ARENA_BYTES, type Item } from '../shared/messages.ts'

/** A connection whose chunks all go to one slot. */
export interface Pinned {
  readonly number: number
  /** How long its inspector at that place may look at one chunk. */
  timeoutMs(link: number): number
  /** Its thread has ended. `link` is the inspector whose call did it, if it was one of its own. */
  threadEnded(reason: string, link?: number): void
}

/** Something to be done in the thread. The `offset` of a chunk is found when its batch is made. */
export interface Request {
  readonly item: Item
  readonly bytes?: Uint8Array
  readonly connection: Pinned
  answered?(answer: Answer): void
}

/** The next batch: of what waits, as many as it goes, their bytes copied into the arena. */
export const nextBatch = (waiting: readonly Request[], arena: Uint8Array): Item[] => {
  const items: Item[] = []
  let offset = 0
  for (const { item, bytes } of waiting) {
    if (items.length === MOST_ITEMS || offset + (bytes?.length ?? 0) > ARENA_BYTES) break
    if (item.kind === 'chunk' && bytes) {
      arena.set(bytes, offset)
      items.push({ ...item, offset })
      offset += bytes.length
    } else items.push(item)
  }
  return items
}
