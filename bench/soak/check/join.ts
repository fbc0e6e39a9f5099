import type { Line } from './facts.ts'

/** A connection that waits for its line. */
export interface LineWait {
  readonly line: Promise<Line | undefined>
  /** It has waited long enough. */
  giveUp(): void
}

/** What the log calls a client that had left before it was asked who it is. */
export const UNKNOWN_CLIENT = 'unknown'

/**
 * Joins connections with their log lines by listener and client address. If an address is used again before the line of
 * its first connection is read, lines are given in the order in which the connections began.
 */
export class Join {
  readonly #lines = new Map<string, Line[]>()
  readonly #waiting = new Map<string, ((line: Line | undefined) => void)[]>()

  add(line: Line): void {
    const key = keyOf(line.listener, line.client)
    const resolve = take(this.#waiting, key)
    if (resolve) resolve(line)
    else put(this.#lines, key, line)
  }

  /** Asks for the line of the connection that begins now. Given up, it takes a line that names nobody, if there is one. */
  expect(listener: string, client: string): LineWait {
    const key = keyOf(listener, client)
    const early = take(this.#lines, key)
    if (early) return { line: Promise.resolve(early), giveUp: () => {} }
    let giveUp = (): void => {}
    const line = new Promise<Line | undefined>((resolve) => {
      put(this.#waiting, key, resolve)
      giveUp = () => {
        if (remove(this.#waiting, key, resolve)) resolve(take(this.#lines, keyOf(listener, UNKNOWN_CLIENT)))
      }
    })
    return { line, giveUp: () => giveUp() }
  }

  /** Lines that no connection has asked for. */
  rest(): Line[] {
    return [...this.#lines.values()].flat()
  }
}

const keyOf = (listener: string, client: string): string => `${listener} ${client}`

const put = <Item>(map: Map<string, Item[]>, key: string, item: Item): void => {
  const items = map.get(key)
  if (items) items.push(item)
  else map.set(key, [item])
}

const take = <Item>(map: Map<string, Item[]>, key: string): Item | undefined => {
  const items = map.get(key)
  const item = items?.shift()
  if (items?.length === 0) map.delete(key)
  return item
}

/** False if it was not there. */
const remove = <Item>(map: Map<string, Item[]>, key: string, item: Item): boolean => {
  const items = map.get(key) ?? []
  const left = items.filter((other) => other !== item)
  if (left.length > 0) map.set(key, left)
  else map.delete(key)
  return left.length < items.length
}
