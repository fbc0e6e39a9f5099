import { readdirSync, readlinkSync } from 'node:fs'

/** This process's open descriptors, each as what it points to: `socket:[1234]`, `pipe:[5678]`, `/dev/null`… */
const openDescriptors = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      return [] // the one that listed the directory is closed again
    }
  })

export const countDescriptors = (): number => openDescriptors().length

/** Sockets only: of them none may be kept, while an engine may keep a bounded pool of pipes. */
export const countSockets = (): number => openDescriptors().filter((target) => target.startsWith('socket:')).length

/** Pipes, of which each has two ends. */
export const countPipes = (): number => new Set(openDescriptors().filter((target) => target.startsWith('pipe:'))).size

/** What keeps the event loop alive, as a count of each kind. */
export const activeResources = (): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** The kinds of active resources that there are more of than before, as text; empty if there are none. */
export const resourcesMoreThan = (before: ReadonlyMap<string, number>): string =>
  [...activeResources()]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${count} of ${kind}, not ${before.get(kind) ?? 0}`)
    .join(', ')
