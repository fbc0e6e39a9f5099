import { nowMs } from '../../clock.ts'
import type { WorkerNews } from '../../ipc/messages.ts'

/** Of trouble that comes by the thousand a few lines show what it is. The log has all. */
const MOST_A_SECOND = 5

/** Tells the primary of the warnings and errors in this worker's log, for those who look at the dashboard. */
export const warningTeller = (tell: (news: WorkerNews) => void): ((line: string) => void) => {
  let second = 0
  let told = 0
  return (line) => {
    const now = Math.floor(nowMs() / 1_000)
    if (now !== second) [second, told] = [now, 0]
    told += 1
    if (told <= MOST_A_SECOND) tell({ kind: 'warned', line })
  }
}
