import { beginWork } from './breather.ts'

/**
 * Has something made once for all who ask while it is being made before: they get the next one together, which is made after
 * a pause for others. Nobody gets what was begun before they asked, so what they know to have happened is in it.
 */
export const shared = <Made>(make: () => Promise<Made>): (() => Promise<Made>) => {
  let isBusy = false
  let next: { readonly made: Promise<Made>; begin(): void } | undefined
  const begin = (): Promise<Made> => {
    isBusy = true
    const workEnds = beginWork()
    return make().finally(() =>
      workEnds(() => {
        isBusy = false
        const waiting = next
        next = undefined
        waiting?.begin()
      }),
    )
  }
  return () => {
    if (!isBusy) return begin()
    if (next) return next.made
    let start = (): void => {}
    const made = new Promise<void>((resolve) => {
      start = resolve
    }).then(begin)
    next = { made, begin: start }
    return made
  }
}
