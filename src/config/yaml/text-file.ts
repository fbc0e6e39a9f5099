import { closeSync, constants, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const MIB = 1024 * 1024
/** Without a limit, a FIFO that no process has opened for writing would block its reader for ever. */
const NO_WRITER_MS = 2_000
/** `check -c <(generate)`: a writer may need some time. */
const SILENT_WRITER_MS = 60_000
const LOOK_EVERY_MS = 20

/** The text of a file of at most so many MiB, or a message why it cannot be read. */
export const readTextFile = (path: string, mostMib = 1): { text: string } | { wrong: string } => {
  try {
    const bytes = readAtMost(path, mostMib * MIB)
    if (bytes === 'silent') return { wrong: 'nothing is written to this pipe; name a file, or start its writer' }
    if (bytes === undefined) return { wrong: `this file is larger than ${mostMib} MiB; name a smaller one` }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { wrong: sentence(error) }
  }
}

/** Whether the path exists, even if it cannot be read. */
export const isThere = (path: string): boolean => existsSync(path)

/** A message why no file can be created or appended to at the path, or undefined. Permissions are not checked. */
export const noFileAt = (path: string): string | undefined => {
  try {
    const directory = dirname(path)
    const around = statSync(directory, { throwIfNoEntry: false })
    if (around === undefined) return `there is no directory ${directory}; create it, or name a file elsewhere`
    if (!around.isDirectory()) return `${directory} is not a directory; name a file elsewhere`
    const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
    return isDirectory ? 'this is a directory; name a file in it' : undefined
  } catch (error) {
    return NO_FILE[(error as NodeJS.ErrnoException).code ?? '']
  }
}

/** Other errors of stat(2) may be about permissions, or pass. */
const NO_FILE: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'this path, or a name in it, is too long; write a shorter one',
  ELOOP: 'its symbolic links lead round in a circle; name a file elsewhere',
}

/** Reads to the end without asking for the size: a pipe or a device has none. */
const readAtMost = (path: string, most: number): Buffer | undefined | 'silent' => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const isPipe = fstatSync(descriptor).isFIFO()
    let buffer = Buffer.alloc(Math.min(most, MIB) + 1)
    let length = 0
    let waitedMs = 0
    while (length <= most) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(most + 1, 2 * length))
      const read = readNow(descriptor, buffer, length)
      if (read === 0 && (length > 0 || !isPipe)) return buffer.subarray(0, length)
      if (read === undefined || read === 0) {
        if (waitedMs >= (read === 0 ? NO_WRITER_MS : SILENT_WRITER_MS)) return 'silent'
        waitedMs += LOOK_EVERY_MS
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS)
      } else {
        length += read
        waitedMs = 0
      }
    }
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

/** How many bytes were read; 0 at the end, and while no process has a FIFO open for writing; undefined if none are there yet. */
const readNow = (descriptor: number, buffer: Buffer, at: number): number | undefined => {
  try {
    return readSync(descriptor, buffer, at, buffer.length - at, null)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}

const SAYS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; name one that exists',
  ENOTDIR: 'there is no such file; name one that exists',
  EISDIR: 'this is a directory; name a file in it',
  EACCES: 'this file may not be read; give this user the permission',
  EPERM: 'this file may not be read; give this user the permission',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'this file is not UTF-8 text; save it as UTF-8',
}

const sentence = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return SAYS[code] ?? `this file cannot be read (${message}); name another`
}
