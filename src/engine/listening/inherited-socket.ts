import type { Address } from '../../config/fields/address.ts'
import { canonicalHost } from '../../config/fields/host.ts'
import { systemError } from '../../system/errors.ts'
import { unixSocketFacts } from '../../system/sockets/unix-sockets.ts'
import type { BoundHandle } from '../engine.ts'
import { type Handle, handleOfDescriptor } from '../streams/socket/node-internals.ts'

/** A listening socket that another program has opened and has left to this process. */
export interface InheritedSocket {
  readonly handle: BoundHandle
  /** Its address; two where it is not known whether it takes IPv4 clients as well. */
  readonly addresses: readonly [Address, ...Address[]]
}

/** A descriptor that cannot be listened on. The message completes `descriptor 3 …`. */
export class NoListeningSocket extends Error {
  override readonly name = 'NoListeningSocket'
}

/**
 * Takes over a descriptor. The socket's file, its permissions and its options stay as they are.
 *
 * @throws {NoListeningSocket} it stays open then
 */
export const inheritSocket = async (descriptor: number): Promise<InheritedSocket> => {
  const handle = handleOfDescriptor(descriptor)
  if (typeof handle === 'number') throw new NoListeningSocket('is no socket of TCP, and no unix socket for streams')
  const addresses = handle.getsockname ? await tcpAddresses(handle) : unixAddress(descriptor)
  return { handle, addresses }
}

/** Another handle of the same socket, whose close leaves the first one and the socket's file as they are. */
export const duplicateHandle = async ({ fd }: BoundHandle): Promise<BoundHandle> => {
  const { duplicate } = await import('../../system/libc.ts')
  const descriptor = duplicate(fd)
  const handle = descriptor < 0 ? descriptor : handleOfDescriptor(descriptor)
  if (typeof handle === 'number') throw systemError(handle, 'fcntl')
  return handle
}

const unixAddress = (descriptor: number): [Address] => {
  const facts = unixSocketFacts(descriptor)
  if (facts === undefined || !facts.isStream) throw new NoListeningSocket('is no unix socket for streams')
  if (!facts.isListening) throw new NoListeningSocket('does not listen; it needs Accept=no')
  return [{ kind: 'unix', path: facts.path }]
}

const tcpAddresses = async (handle: Handle): Promise<[Address, ...Address[]]> => {
  if (handle.getpeername?.({}) === 0) throw new NoListeningSocket('is a connection; it needs Accept=no')
  const name: { address?: string; port?: number } = {}
  handle.getsockname?.(name)
  const { address = '', port = 0 } = name
  const host = canonicalHost(address)
  const tcp = (host: string): Address => ({ kind: 'tcp', host, port })
  if (host !== '::') return [tcp(host)]
  const isIpv6Only = await ipv6Only(handle.fd)
  if (isIpv6Only === undefined) return [tcp(''), tcp('::')]
  return [tcp(isIpv6Only ? '::' : '')]
}

/** Undefined where system calls cannot be made. */
const ipv6Only = async (descriptor: number): Promise<boolean | undefined> => {
  try {
    return (await import('../../system/sockets/ipv6-only.ts')).isIpv6Only(descriptor)
  } catch {
    return undefined
  }
}
