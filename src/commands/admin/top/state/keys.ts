/** What `readline.emitKeypressEvents` tells of a key. */
export interface Keypress {
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
}

/**
 * A key as the rest knows it: the character that it writes, or its name (`up`, `pagedown`, `return`, `escape`), which is
 * longer; with control `^c`. Undefined for what is neither.
 */
export const keyOf = (written: string | undefined, { name, ctrl, meta }: Keypress): string | undefined => {
  if (ctrl) return name === undefined ? undefined : `^${name}`
  const [character = ''] = [...(written ?? '')]
  if (character === written && !meta && !/\p{C}/u.test(character)) return character
  return name !== undefined && name.length > 1 ? name : undefined
}
