import { readFileSync, readlinkSync } from 'node:fs'

/** What the kernel shows of a unix socket. */
export interface UnixSocketFacts {
  /** An abstract name begins with `@`; empty without a name. */
  readonly path: string
  readonly isStream: boolean
  readonly isListening: boolean
}

/** `Num RefCount Protocol Flags Type St Inode Path`: /proc/net/unix of proc(5), all numbers but the inode in hex. */
const LINE = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +(\d+)(?: (.*))?$/
/** `SOCK_STREAM` of socket(2) */
const STREAM = 1
/** `__SO_ACCEPTCON` of the kernel's net/sock.h */
const ACCEPTS = 0x10000

/** Undefined if the descriptor is no unix socket, or where there is no /proc. */
export const unixSocketFacts = (descriptor: number): UnixSocketFacts | undefined => {
  const inode = inodeOf(descriptor)
  for (const text of inode === undefined ? [] : lines()) {
    const [, flags, type, found, path = ''] = LINE.exec(text) ?? []
    if (found !== inode) continue
    const isListening = (Number.parseInt(`${flags}`, 16) & ACCEPTS) !== 0
    return { path, isListening, isStream: Number.parseInt(`${type}`, 16) === STREAM }
  }
  return undefined
}

const inodeOf = (descriptor: number): string | undefined => {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1]
  } catch {
    return undefined
  }
}

const lines = (): string[] => {
  try {
    return readFileSync('/proc/self/net/unix', 'utf8').split('\n')
  } catch {
    return []
  }
}
