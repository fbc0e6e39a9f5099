import { Block } from '../ffi.ts'
import { getOption, localName, remoteName } from '../libc.ts'
import { peerName } from './peer-name.ts'
import { decodePeer, IPV4_LENGTH, IPV6_LENGTH } from './sockaddr.ts'
import { SO_PEERNAME, SOL_SOCKET } from './socket-options.ts'

const name = new Block(128)

/**
 * The other end of a connection, of TCP even after its reset: getpeername(2) then fails with ENOTCONN, but SO_PEERNAME still
 * returns the name that accept(2) would have (inet_getname() in af_inet.c). Asking for more bytes than it has is EINVAL.
 */
export const peerOf = (fd: number): string | undefined => {
  const given = remoteName(fd, name)
  if (given >= 0) return peerName(decodePeer(name, given))
  for (const length of [IPV6_LENGTH, IPV4_LENGTH]) {
    if (getOption(fd, SOL_SOCKET, SO_PEERNAME, name, length) === length) return peerName(decodePeer(name, length))
  }
  return undefined
}

/** This end of a connection, in the same form. Undefined if the descriptor is closed. */
export const localOf = (fd: number): string | undefined => {
  const length = localName(fd, name)
  return length < 0 ? undefined : peerName(decodePeer(name, length))
}
