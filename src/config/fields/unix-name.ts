/** Names of unix sockets between the bytes of `sun_path` (unix(7)) and text. */

const AT = '@'

/**
 * The path, or for an abstract name, which begins with a NUL, the name after `@`: as ss(8) and /proc/net/unix show it, with
 * `@` for each further NUL. Empty for a socket without a name.
 *
 * @param path what the kernel gave: all bytes of an abstract name belong to it
 */
export const unixName = (path: Buffer): string => {
  if (path[0] === 0) return path.toString().replaceAll('\0', AT)
  const end = path.indexOf(0)
  return path.toString('utf8', 0, end < 0 ? path.length : end)
}

/** The bytes for a name that `unixName` has made. A path that itself begins with `@`, which must be relative, is taken for an abstract name. */
export const unixPath = (name: string): Buffer => {
  const path = Buffer.from(name)
  if (name.startsWith(AT)) path[0] = 0
  return path
}
