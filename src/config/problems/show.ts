const LONGEST = 60

/** A value as shown in a message: text in quotes and shortened, a collection only by its kind. */
export const show = (value: unknown): string => {
  if (typeof value === 'string') {
    return value.length > LONGEST ? `${JSON.stringify(value.slice(0, LONGEST))}…` : JSON.stringify(value)
  }
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  if (typeof value === 'function') return 'a function'
  return String(value)
}

/** `a, b or c` */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** `a, b and 7 more`: the first `most` words, and how many there are beyond them. */
export const someOf = (words: readonly string[], most = 5): string =>
  words.length > most ? `${words.slice(0, most).join(', ')} and ${words.length - most} more` : words.join(', ')
