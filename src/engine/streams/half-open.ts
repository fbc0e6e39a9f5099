import type { PeerSocket } from './socket/peer-socket.ts'

const LOOK_MS = 250
/** The most connections per check. Beyond four thousand half-open connections each waits longer than a second for its turn. */
const MOST_AT_ONCE = 1_000

/** A connection of which one side has sent its FIN: a RST from that side is no event in libuv, so it is polled for. */
export interface HalfOpen {
  readonly ended: PeerSocket
  /** Its index in the list. Set by the list. */
  place: number
}

const list: HalfOpen[] = []
let next = 0
let timer: NodeJS.Timeout | undefined

/** Checks at intervals whether the side that has ended was reset, until `forgetHalfOpen`. */
export const watchHalfOpen = (ended: PeerSocket): HalfOpen => {
  const halfOpen = { ended, place: list.length }
  list.push(halfOpen)
  // Connections keep the process alive; this timer must not.
  timer ??= setInterval(look, LOOK_MS).unref()
  return halfOpen
}

export const forgetHalfOpen = (halfOpen: HalfOpen): void => {
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
  // From the last to the first, because one that is found reset is removed meanwhile.
  const from = next > 0 && next <= list.length ? next : list.length
  next = Math.max(0, from - MOST_AT_ONCE)
  for (let place = from - 1; place >= next; place--) list[place]?.ended.findReset()
}
