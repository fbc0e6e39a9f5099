/** Sockets that keep the borders of messages (unix(7) SOCK_SEQPACKET), by their path or abstract name. */
import { formatAddress } from '../../../config/fields/address.ts'
import { Descriptor } from '../../descriptor.ts'
import { systemError } from '../../errors.ts'
import { Block, load, orErrno } from '../../ffi.ts'
import { AF, connect, getOption, listen, setOption } from '../../libc.ts'
import { encodeSockaddr } from '../sockaddr.ts'
import { SO_PEERCRED, SO_SNDBUF, SOL_SOCKET } from '../socket-options.ts'

/** The process at the other end, as it was when it connected, or began to listen: unix(7) SO_PEERCRED. */
export interface Credentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

const openSocket = load('socket', 'int', 'int', 'int', 'int')
const bind = load('bind', 'int', 'int', 'uintptr_t', 'uint')

/** socket(2): SOCK_SEQPACKET, SOCK_NONBLOCK, SOCK_CLOEXEC */
const SEQPACKET = 5 | 0o4000 | 0o2000000
/** The kernel's own default (net.core.wmem_default), which a system may have made smaller. */
const SEND_BUFFER = 212_992
const BACKLOG = 64

const name = new Block(128)

/** @throws the system's error, or RangeError if the path is too long */
export const connectedTo = (path: string): Descriptor =>
  openedWith(path, 'connect', (socket, length) => connect(socket.number, name, length))

/** Nobody can connect before `listenAt`. @throws the system's error, or RangeError if the path is too long */
export const boundTo = (path: string): Descriptor =>
  openedWith(path, 'bind', ({ number }, length) => orErrno(bind(number, name.at(0, length), length)))

/** From now on processes may connect, and see this one's credentials. @throws the system's error */
export const listenAt = (socket: Descriptor, path: string): void => {
  const result = listen(socket.number, BACKLOG)
  if (result < 0) throw systemError(result, 'listen', shown(path))
}

const openedWith = (path: string, call: string, use: (socket: Descriptor, length: number) => number): Descriptor => {
  const number = orErrno(openSocket(AF.unix, SEQPACKET, 0))
  if (number < 0) throw systemError(number, 'socket', shown(path))
  const socket = new Descriptor(number)
  try {
    const { length } = encodeSockaddr({ kind: 'unix', path }, name)
    const result = use(socket, length)
    if (result < 0) throw systemError(result, call, shown(path))
    makeRoom(socket)
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

const shown = (path: string): string => formatAddress({ kind: 'unix', path })

/** Lets a long message go in one piece: one that is longer than the send buffer is EMSGSIZE. */
export const makeRoom = (socket: Descriptor): void => {
  setOption(socket.number, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER)
}

/** `struct ucred` of unix(7): three ints. */
const UCRED_LENGTH = 12

/** @throws the system's error */
export const credentialsOf = (socket: Descriptor): Credentials => {
  const result = getOption(socket.number, SOL_SOCKET, SO_PEERCRED, name, UCRED_LENGTH)
  if (result < 0) throw systemError(result, 'getsockopt')
  const { bytes } = name
  return { pid: bytes.readInt32LE(0), uid: bytes.readUInt32LE(4), gid: bytes.readUInt32LE(8) }
}
