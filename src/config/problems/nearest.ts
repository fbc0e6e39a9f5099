/**
 * The word that was most likely meant, or undefined if none is close: one with few other letters, else the shortest that
 * begins with all that was written. Case, hyphens and underscores do not count: `half_close` is `halfClose`.
 */
export const nearest = (written: string, words: readonly string[]): string | undefined => {
  const plain = simplify(written)
  let best: string | undefined
  let bestDistance = 1 + mostEdits(plain.length)
  for (const word of words) {
    const other = simplify(word)
    // The difference in length is the least that the distance can be.
    if (Math.abs(other.length - plain.length) >= bestDistance) continue
    const distance = editDistance(plain, other)
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best ?? beginningWith(plain, words)
}

/** `trust` is `trusted`. Fewer letters say little. */
const FEWEST_LETTERS = 4

/** Undefined where words begin so that have nothing else in common. */
const beginningWith = (plain: string, words: readonly string[]): string | undefined => {
  if (plain.length < FEWEST_LETTERS) return undefined
  const longer = words
    .filter((word) => simplify(word).startsWith(plain))
    .toSorted((one, other) => one.length - other.length)
  const [shortest] = longer
  return longer.every((word) => word.startsWith(shortest ?? '')) ? shortest : undefined
}

const mostEdits = (length: number): number => (length < 2 ? 0 : Math.max(1, Math.min(3, Math.floor(length / 3))))

const simplify = (word: string): string => word.toLowerCase().replace(/[-_]/g, '')

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
const editDistance = (from: string, to: string): number => {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const differs = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + differs,
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
