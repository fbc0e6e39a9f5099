import { readFileSync, readlinkSync } from 'node:fs'

/** What the kernel shows of a unix socket. */
export interface UnixSocketFacts {
  /** An abstract name begins with `@`; empty without a name. */
  readonly path: string
  readonly isStream: boolean
  readonly isListening: boolean
}

/** `Num RefCount Protocol Flags Type St Inode Path`: /proc/net/unix of proc(5), all numbers but the inode in hex. */
const LINE = /^\S+ \S+ \S+ (\S+) (\S+) (\S+) +(\d+)(?: (.*))?$/
/** `SOCK_STREAM` of socket(2) */
const STREAM = 1
/** `__SO_ACCEPTCON` of the kernel's net/sock.h */
const ACCEPTS = 0x10000
/** `SS_UNCONNECTED` of linux/net.h */
const UNCONNECTED = 1

/** Undefined if the descriptor is no unix socket, or where there is no /proc. */
export const unixSocketFacts = (descriptor: number): UnixSocketFacts | undefined => {
  const inode = inodeOf(descriptor)
  return inode === undefined ? undefined : unixSockets().find((socket) => socket.inode === inode)
}

/** Whether a process has a socket bound to this path that listens, or may do so. False where there is no /proc. */
export const isBound = (path: string): boolean =>
  unixSockets().some((socket) => socket.path === path && socket.isUnconnected)

interface UnixSocket extends UnixSocketFacts {
  readonly inode: string
  /** It is neither connected nor connecting: only such a socket listens, or may do so. */
  readonly isUnconnected: boolean
}

const unixSockets = (): UnixSocket[] =>
  lines().flatMap((text) => {
    const [, flags, type, state, inode, path = ''] = LINE.exec(text) ?? []
    if (inode === undefined) return []
    return {
      inode,
      path,
      isListening: (Number.parseInt(`${flags}`, 16) & ACCEPTS) !== 0,
      isStream: Number.parseInt(`${type}`, 16) === STREAM,
      isUnconnected: Number.parseInt(`${state}`, 16) === UNCONNECTED,
    }
  })

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
