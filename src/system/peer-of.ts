import { Block } from './ffi.ts'
import { getOption } from './libc.ts'
import { decodePeer, IPV4_LENGTH, IPV6_LENGTH, peerName } from './sockaddr.ts'
import { SO_PEERNAME, SOL_SOCKET } from './socket-options.ts'

const name = new Block(128)

/**
 * The other end of a TCP connection, also when it has reset: then getpeername(2) answers ENOTCONN, but SO_PEERNAME still
 * tells what accept(2) would have (inet_getname() in af_inet.c). It is EINVAL to ask for more bytes than there are.
 */
export const peerOf = (fd: number): string | undefined => {
  for (const length of [IPV6_LENGTH, IPV4_LENGTH]) {
    if (getOption(fd, SOL_SOCKET, SO_PEERNAME, name, length) === length) return peerName(decodePeer(name))
  }
  return undefined
}
