import { countSockets } from './descriptors.ts'
import { until } from './until.ts'

const resources = (): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Notes what is open and active now; the answer waits until there is no more than that, and fails with what there is. */
export const noteWhatIsOpen = (): (() => Promise<void>) => {
  const sockets = countSockets()
  const before = resources()
  return async () => {
    await until('every socket closed', () => countSockets() <= sockets)
    let left = ''
    const nothingLeft = (): boolean => {
      left = [...resources()].flatMap(([kind, count]) => (count > (before.get(kind) ?? 0) ? [kind] : [])).join(', ')
      return left === ''
    }
    await until('no timer, request or handle left', nothingLeft).catch((error: Error) => {
      throw new Error(`${error.message}: ${left}`)
    })
  }
}
