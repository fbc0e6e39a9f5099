/**
 * The system calls of the kernel engine. Linux on 64 bits; numbers are those of asm-generic, which x64 and arm64 share.
 * Every call returns its result, 0 or more, or a negated error number.
 */
import { Block, load, orErrno, PAGE, viewOf } from './ffi.ts'
import { SO_ERROR, SO_LINGER, SOL_SOCKET } from './sockets/socket-options.ts'

const c = {
  accept4: load('accept4', 'int', 'int', 'uintptr_t', 'uintptr_t', 'int'),
  close: load('close', 'int', 'int'),
  connect: load('connect', 'int', 'int', 'uintptr_t', 'uint'),
  epollCreate: load('epoll_create1', 'int', 'int'),
  epollCtl: load('epoll_ctl', 'int', 'int', 'int', 'int', 'uintptr_t'),
  epollWait: load('epoll_wait', 'int', 'int', 'uintptr_t', 'int', 'int'),
  fcntl: load('fcntl', 'int', 'int', 'int', 'long'),
  getpeername: load('getpeername', 'int', 'int', 'uintptr_t', 'uintptr_t'),
  getsockname: load('getsockname', 'int', 'int', 'uintptr_t', 'uintptr_t'),
  getsockopt: load('getsockopt', 'int', 'int', 'int', 'int', 'uintptr_t', 'uintptr_t'),
  interfaceIndex: load('if_nametoindex', 'uint', 'str'),
  ioctl: load('ioctl', 'int', 'int', 'ulong', 'uintptr_t'),
  listen: load('listen', 'int', 'int', 'int'),
  mmap: load('mmap', 'uintptr_t', 'uintptr_t', 'size_t', 'int', 'int', 'int', 'long'),
  ntop: load('inet_ntop', 'uintptr_t', 'int', 'uintptr_t', 'uintptr_t', 'uint'),
  pipe2: load('pipe2', 'int', 'uintptr_t', 'int'),
  pton: load('inet_pton', 'int', 'int', 'str', 'uintptr_t'),
  recv: load('recv', 'long', 'int', 'uintptr_t', 'size_t', 'int'),
  send: load('send', 'long', 'int', 'uintptr_t', 'size_t', 'int'),
  setsockopt: load('setsockopt', 'int', 'int', 'int', 'int', 'uintptr_t', 'uint'),
  shutdown: load('shutdown', 'int', 'int', 'int'),
  socket: load('socket', 'int', 'int', 'int', 'int'),
  splice: load('splice', 'long', 'int', 'uintptr_t', 'int', 'uintptr_t', 'size_t', 'uint'),
}

/** socket(2), accept4(2), pipe2(2) */
export const AF = { unix: 1, inet: 2, inet6: 10 } as const
const SOCK_STREAM = 1
const NONBLOCK_CLOEXEC = 0o4000 | 0o2000000
/** send(2): Node ignores SIGPIPE, and so do we without relying on it. */
const MSG_NOSIGNAL = 0x4000
/** splice(2) */
const SPLICE_MOVE_NONBLOCK = 1 | 2
/** shutdown(2) */
const SHUT_WR = 1
/** ioctl(2): bytes sent or to be sent that the other end has not acknowledged (tcp(7) SIOCOUTQ). */
const SIOCOUTQ = 0x5411
/** ioctl(2): bytes that have arrived and were not read (tcp(7) SIOCINQ). */
const FIONREAD = 0x541b
/** fcntl(2) */
const F_SETPIPE_SZ = 1031
const F_DUPFD_CLOEXEC = 1030

/** Memory for one small argument, used only within a call. An int is written at 0, a length at 64. */
const argument = new Block(PAGE)
const argumentInts = new Int32Array(argument.bytes.buffer, argument.bytes.byteOffset, 32)
const argumentAt = argument.at(0, 64)
const lengthAt = argument.at(64, 4)
const LENGTH_INDEX = 16

export const close = (fd: number): number => orErrno(c.close(fd))
export const socket = (family: number): number => orErrno(c.socket(family, SOCK_STREAM | NONBLOCK_CLOEXEC, 0))
export const listen = (fd: number, backlog: number): number => orErrno(c.listen(fd, backlog))
export const shutdownWrite = (fd: number): number => orErrno(c.shutdown(fd, SHUT_WR))

/** Connects to the sockaddr of `length` bytes at the start of the block. */
export const connect = (fd: number, name: Block, length: number): number =>
  orErrno(c.connect(fd, name.at(0, length), length))

/** Accepts without blocking, and writes the client's sockaddr to the start of the block. */
export const accept = (fd: number, name: Block): number => {
  argumentInts[LENGTH_INDEX] = name.size
  return orErrno(c.accept4(fd, name.at(0, name.size), lengthAt, NONBLOCK_CLOEXEC))
}

/** The length of the sockaddr that the last `accept` has written: to be asked before anything else is called. */
export const acceptedLength = (): number => argumentInts[LENGTH_INDEX] ?? 0

/** Writes the sockaddr of this end to the start of the block; returns its length. */
export const localName = (fd: number, name: Block): number => {
  argumentInts[LENGTH_INDEX] = name.size
  const result = orErrno(c.getsockname(fd, name.at(0, name.size), lengthAt))
  return result < 0 ? result : (argumentInts[LENGTH_INDEX] ?? 0)
}

/** Writes the sockaddr of the other end to the start of the block; returns its length. */
export const remoteName = (fd: number, name: Block): number => {
  argumentInts[LENGTH_INDEX] = name.size
  const result = orErrno(c.getpeername(fd, name.at(0, name.size), lengthAt))
  return result < 0 ? result : (argumentInts[LENGTH_INDEX] ?? 0)
}

export const recv = (fd: number, block: Block, length: number): number =>
  orErrno(c.recv(fd, block.at(0, length), length, 0))

export const send = (fd: number, block: Block, offset: number, length: number): number =>
  orErrno(c.send(fd, block.at(offset, length), length, MSG_NOSIGNAL))

/** Moves bytes between a pipe and a socket, within the kernel. */
export const splice = (from: number, to: number, length: number): number =>
  orErrno(c.splice(from, 0, to, 0, length, SPLICE_MOVE_NONBLOCK))

export const setOption = (fd: number, level: number, option: number, value: number): number => {
  argumentInts[0] = value
  return orErrno(c.setsockopt(fd, level, option, argumentAt, 4))
}

/** Sets an option to the first `length` bytes of the block. */
export const setOptionBytes = (fd: number, level: number, option: number, from: Block, length: number): number =>
  orErrno(c.setsockopt(fd, level, option, from.at(0, length), length))

/** Makes close() send RST instead of FIN: socket(7) SO_LINGER, on, 0 seconds. */
export const resetOnClose = (fd: number): number => linger(fd, 1)

/** Makes close() send what is left, then FIN, as it does at first. */
export const finishOnClose = (fd: number): number => linger(fd, 0)

/** For 0 seconds. */
const linger = (fd: number, isOn: 0 | 1): number => {
  argumentInts[0] = isOn
  argumentInts[1] = 0
  return orErrno(c.setsockopt(fd, SOL_SOCKET, SO_LINGER, argumentAt, 8))
}

/** Reads an option of at most `length` bytes into the block; returns its length. */
export const getOption = (fd: number, level: number, option: number, into: Block, length = into.size): number => {
  argumentInts[LENGTH_INDEX] = length
  const result = orErrno(c.getsockopt(fd, level, option, into.at(0, length), lengthAt))
  return result < 0 ? result : (argumentInts[LENGTH_INDEX] ?? 0)
}

/** The error that waits on the socket, negated, or 0. Reading it clears it (socket(7) SO_ERROR). */
export const pendingError = (fd: number): number => {
  argumentInts[LENGTH_INDEX] = 4
  const result = orErrno(c.getsockopt(fd, SOL_SOCKET, SO_ERROR, argumentAt, lengthAt))
  return result < 0 ? result : -(argumentInts[0] ?? 0)
}

/** Bytes that the other end has not acknowledged, FIN included. 0 for a unix socket whose reader has taken all. */
export const unsentBytes = (fd: number): number => {
  const result = orErrno(c.ioctl(fd, SIOCOUTQ, argumentAt))
  return result < 0 ? result : (argumentInts[0] ?? 0)
}

/** Bytes that have arrived and were not read. */
export const unreadBytes = (fd: number): number => {
  const result = orErrno(c.ioctl(fd, FIONREAD, argumentAt))
  return result < 0 ? result : (argumentInts[0] ?? 0)
}

/** A new pipe as [read end, write end], or a negated error number. */
export const pipe = (): readonly [number, number] | number => {
  const result = orErrno(c.pipe2(argumentAt, NONBLOCK_CLOEXEC))
  return result < 0 ? result : [argumentInts[0] ?? -1, argumentInts[1] ?? -1]
}

/** Returns the size that was granted. Beyond fs.pipe-max-size or the user's share it fails with EPERM. */
export const setPipeSize = (fd: number, size: number): number => orErrno(c.fcntl(fd, F_SETPIPE_SZ, size))

/** Another descriptor of the same socket, closed on exec. */
export const duplicate = (fd: number): number => orErrno(c.fcntl(fd, F_DUPFD_CLOEXEC, 0))

export const epollCreate = (): number => orErrno(c.epollCreate(NONBLOCK_CLOEXEC & 0o2000000))
export const epollControl = (epoll: number, operation: number, fd: number, event: Block): number =>
  orErrno(c.epollCtl(epoll, operation, fd, event.at(0, 16)))
/** Never blocks: libuv does the waiting. */
export const epollCollect = (epoll: number, events: Block, most: number): number =>
  orErrno(c.epollWait(epoll, events.at(0, most * 16), most, 0))

/** Writes an IP address in its binary form; false if the text is not an IP address. */
export const addressFromText = (family: number, text: string, into: Block, offset: number): boolean =>
  c.pton(family, text, into.at(offset, 16)) === 1
export const addressToText = (family: number, from: Block, offset: number): string => {
  if (c.ntop(family, from.at(offset, 16), argumentAt, 64) === 0) return ''
  return argument.bytes.toString('latin1', 0, argument.bytes.indexOf(0))
}
/** The number of a network interface, for link-local addresses; 0 if there is no such interface. */
export const interfaceIndex = (name: string): number => c.interfaceIndex(name)

/** `size` bytes of the file from a page's begin, shared with every process that maps it; undefined if the system refuses. */
export const mapFile = (fd: number, size: number, offset = 0): ArrayBuffer | undefined => {
  const READ_WRITE = 3
  const MAP_SHARED = 1
  return viewOf(c.mmap(0, size, READ_WRITE, MAP_SHARED, fd, offset), size)
}
