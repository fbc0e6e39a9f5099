/**
 * Where a key moves to: a row from 0 to `last`, on a screen that shows `page` rows.
 *
 * @returns undefined if it is no key that moves
 */
export const moved = (row: number, key: string, last: number, page: number): number | undefined => {
  const to = target(row, key, last, page)
  return to === undefined ? undefined : Math.max(0, Math.min(last, to))
}

const target = (row: number, key: string, last: number, page: number): number | undefined => {
  switch (key) {
    case 'up':
      return row - 1
    case 'down':
      return row + 1
    case 'pageup':
      return row - page
    case 'pagedown':
      return row + page
    case 'home':
      return 0
    case 'end':
      return last
    default:
      return undefined
  }
}
