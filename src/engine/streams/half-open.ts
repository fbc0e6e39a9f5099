const LOOK_MS = 250
/** The most connections per check. Beyond four thousand half-open connections each waits longer than a second for its turn. */
const MOST_AT_ONCE = 1_000

/** A socket that is not read: it has ended, or nobody has room for what it sends. */
interface UnreadSocket {
  readonly destroyed: boolean
  findReset(): void
}

/** One side of a connection that is not read: a RST from that side is no event in libuv, so it is polled for. */
export interface HalfOpen {
  readonly unread: UnreadSocket
  /** Its index in the list. Set by the list. */
  place: number
}

const list: HalfOpen[] = []
let next = 0
let timer: NodeJS.Timeout | undefined

/** Checks at intervals whether the socket was reset, until `forgetHalfOpen` or its close. */
export const watchHalfOpen = (unread: UnreadSocket): HalfOpen => {
  const halfOpen = { unread, place: list.length }
  list.push(halfOpen)
  // Connections keep the process alive; this timer must not.
  timer ??= setInterval(look, LOOK_MS).unref()
  return halfOpen
}

export const forgetHalfOpen = (halfOpen: HalfOpen): void => {
  if (list[halfOpen.place] !== halfOpen) return
  const last = list.pop()
  if (last === undefined || last === halfOpen) return
  list[halfOpen.place] = last
  last.place = halfOpen.place
}

const look = (): void => {
  if (list.length === 0) {
    clearInterval(timer)
    timer = undefined
  }
  // From the last to the first, because those that are found reset or closed are removed meanwhile.
  const from = next > 0 && next <= list.length ? next : list.length
  next = Math.max(0, from - MOST_AT_ONCE)
  for (let place = from - 1; place >= next; place--) {
    const halfOpen = list[place]
    halfOpen?.unread.findReset()
    if (halfOpen?.unread.destroyed) forgetHalfOpen(halfOpen)
  }
}
