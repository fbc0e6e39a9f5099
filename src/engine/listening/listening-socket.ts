import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { isIPv6, type Server } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { type Address, formatAddress, isAbstract } from '../../config/fields/address.ts'
import { canonicalHost } from '../../config/fields/host.ts'
import { removeStaleFile, type SocketAccess, SocketFile, withoutAccess } from '../../system/sockets/unix/socket-file.ts'
import type { BoundHandle } from '../engine.ts'
import { createBoundHandle, type Handle, IPV6_ONLY, listenOn } from '../streams/socket/node-internals.ts'

/** A bound socket that is sent to worker processes, whose engines listen on it. */
export interface ListeningSocket {
  readonly handle: BoundHandle
  /** The actual address: a port 0 has become a number. */
  readonly address: Address
  /** The same with the IP address that a name resolved to. */
  readonly bound: Address
  /** Where it is a unix socket with a path. */
  readonly file?: SocketFile
  /** Closes it here and removes the file of a unix socket. Not for a process that gave the handle to an engine. */
  close(): void
}

/** As the config has it by default. */
const OWNER_AND_GROUP: SocketAccess = { mode: 0o660 }

/**
 * Binds an address. A unix socket's file that a dead process left behind is removed first.
 *
 * @param access who may connect to a unix socket
 * @throws the system's or the resolver's error, with its `code`; the primary adds what to do about it
 */
export const openListeningSocket = async (
  address: Address,
  access: SocketAccess = OWNER_AND_GROUP,
): Promise<ListeningSocket> => {
  if (isAbstract(address)) {
    const handle = boundOrThrow(createBoundHandle(address, 4), address)
    return { handle, address, bound: address, close: () => handle.close() }
  }
  if (address.kind === 'unix') return openUnixSocket(address, access)
  const { handle, host } = await bind(address)
  const actual = actualAddress(handle, address)
  return { handle, address: actual, bound: { ...actual, host }, close: () => handle.close() }
}

/** The most connections that wait to be accepted: Node's own number. */
const BACKLOG = 511

/**
 * Has a server of this process accept on the socket: a close of either ends both.
 *
 * @throws the system's error
 */
export const acceptHere = async (handle: BoundHandle, server: Server): Promise<void> => {
  listenOn(server, handle, BACKLOG)
  await once(server, 'listening')
}

type AddressOf<Kind> = Extract<Address, { kind: Kind }>

const openUnixSocket = async (address: AddressOf<'unix'>, access: SocketAccess): Promise<ListeningSocket> => {
  await removeStaleFile(address.path)
  const handle = withoutAccess(() => boundOrThrow(createBoundHandle(address, 4), address))
  const file = new SocketFile(address.path)
  // libuv unlinks the path, whichever socket it names by then. If that is not ours, ours stays open: no client can reach it.
  const close = () => {
    if (file.isOurs) handle.close()
  }
  try {
    file.setAccess(access)
  } catch (error) {
    close()
    throw error
  }
  return { handle, address, bound: address, file, close }
}

const bind = async (address: AddressOf<'tcp'>): Promise<{ handle: Handle; host: string }> => {
  if (address.host === '') {
    const dualStack = createBoundHandle({ ...address, host: '::' }, 6)
    if (typeof dualStack !== 'number' || getSystemErrorName(dualStack) !== 'EAFNOSUPPORT')
      return { handle: boundOrThrow(dualStack, address), host: '' }
    const host = '0.0.0.0'
    return { handle: boundOrThrow(createBoundHandle({ ...address, host }, 4), address), host }
  }
  // An IPv4 address in IPv6 form (`::ffff:127.0.0.1`) is bound as the IPv4 address that it is: an IPv6-only socket can't.
  const host = canonicalHost((await lookup(address.host)).address)
  const family = isIPv6(host) ? 6 : 4
  const handle = createBoundHandle({ ...address, host }, family, family === 6 ? IPV6_ONLY : 0)
  return { handle: boundOrThrow(handle, address), host }
}

const boundOrThrow = (handle: Handle | number, address: Address): Handle => {
  if (typeof handle !== 'number') return handle
  const code = getSystemErrorName(handle)
  throw Object.assign(new Error(`bind ${code} ${formatAddress(address)}`), { code, errno: handle, syscall: 'bind' })
}

const actualAddress = (handle: Handle, address: AddressOf<'tcp'>): AddressOf<'tcp'> => {
  const name: { port?: number } = {}
  handle.getsockname?.(name)
  return { ...address, port: name.port ?? address.port }
}
