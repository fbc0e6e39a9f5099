/** Parts of a config as it was written, whatever else is wrong with it. */

/** The value of a key, undefined if there is none. */
export const get = (from: unknown, key: string): unknown =>
  typeof from === 'object' && from !== null && Object.hasOwn(from, key)
    ? (from as Readonly<Record<string, unknown>>)[key]
    : undefined

/** The list that is the value of a key, empty if it is none. */
export const list = (from: unknown, key: string): readonly unknown[] => {
  const found = get(from, key)
  return Array.isArray(found) ? found : []
}
