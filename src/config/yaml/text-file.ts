import { closeSync, existsSync, openSync, readSync } from 'node:fs'

const MOST_BYTES = 1024 * 1024

/** The text of a file, or a sentence that says why there is none. */
export const readTextFile = (path: string): { text: string } | { wrong: string } => {
  try {
    const bytes = readAtMost(path, MOST_BYTES)
    if (bytes === undefined) return { wrong: 'this file is larger than 1 MiB; name a config file' }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { wrong: sentence(error) }
  }
}

/** Whether there is something of that name, also if it cannot be read. */
export const isThere = (path: string): boolean => existsSync(path)

/** Reads to the end without asking for the size: a pipe or a device has none. */
const readAtMost = (path: string, most: number): Buffer | undefined => {
  const descriptor = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(most + 1)
    let length = 0
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null)
      if (read === 0) return buffer.subarray(0, length)
      length += read
    }
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

const SAYS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; name one that exists',
  ENOTDIR: 'there is no such file; name one that exists',
  EISDIR: 'this is a directory; name a file in it',
  EACCES: 'this file may not be read; give its reader the permission',
  EPERM: 'this file may not be read; give its reader the permission',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'this file is not UTF-8 text; save it as UTF-8',
}

const sentence = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return SAYS[code] ?? `this file cannot be read (${message}); name another`
}
