import { nowMs } from '../clock.ts'

const SAY_AGAIN_AFTER_MS = 1_000

/** Says something at most once a second, with how many times it has happened since: some troubles come by the thousand. */
export const atMostOnceASecond = <Circumstances extends unknown[]>(
  say: (times: number, ...circumstances: Circumstances) => void,
): ((...circumstances: Circumstances) => void) => {
  let saidMs = Number.NEGATIVE_INFINITY
  let times = 0
  return (...circumstances) => {
    times += 1
    const now = nowMs()
    if (now - saidMs < SAY_AGAIN_AFTER_MS) return
    say(times, ...circumstances)
    saidMs = now
    times = 0
  }
}
