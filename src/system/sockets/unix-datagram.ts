import { Descriptor } from '../descriptor.ts'
import { Block, load, orErrno } from '../ffi.ts'
import { AF } from '../libc.ts'
import { encodeSockaddr } from './sockaddr.ts'

const openSocket = load('socket', 'int', 'int', 'int', 'int')
const sendto = load('sendto', 'long', 'int', 'uintptr_t', 'size_t', 'int', 'uintptr_t', 'uint')

/** socket(2): SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC */
const DATAGRAM = 2 | 0o4000 | 0o2000000
/** send(2) */
const MSG_NOSIGNAL = 0x4000
/** `sun_family` comes before the path (unix(7)). */
const PATH_AT = 2

/**
 * Sends a datagram to a unix socket, from a socket without a name. A path that begins with `@` is an abstract name. Never
 * blocks: EAGAIN while the receiver's queue is full.
 *
 * @returns 0 or more, or a negated error number
 * @throws RangeError if the path is too long
 */
export const sendUnixDatagram = (path: string, text: string): number => {
  const isAbstract = path.startsWith('@')
  const name = new Block(128)
  encodeSockaddr({ kind: 'unix', path: isAbstract ? `\0${path.slice(1)}` : path }, name)
  // An abstract name is as long as the length says, and would have a final NUL in it.
  const nameLength = PATH_AT + Buffer.byteLength(path) + (isAbstract ? 0 : 1)
  const payload = new Block(Buffer.byteLength(text))
  const length = payload.bytes.write(text)
  const number = orErrno(openSocket(AF.unix, DATAGRAM, 0))
  if (number < 0) return number
  const socket = new Descriptor(number)
  try {
    return orErrno(sendto(number, payload.at(0, length), length, MSG_NOSIGNAL, name.at(0, nameLength), nameLength))
  } finally {
    socket.close()
  }
}
