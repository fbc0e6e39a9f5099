import { lookup } from 'node:dns/promises'
import { lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { getSystemErrorName } from 'node:util'
import { type Address, formatAddress } from '../config/fields/address.ts'
import type { BoundHandle } from './engine.ts'
import { createBoundHandle, type Handle, IPV6_ONLY } from './streams/node-internals.ts'

/** A bound socket that is sent to processes, and that engines listen on. */
export interface ListeningSocket {
  readonly handle: BoundHandle
  /** The actual address: a port 0 has become a number. */
  readonly address: Address
  /** Closes it here and removes the file of a unix socket. Not for a process that gave the handle to an engine. */
  close(): void
}

/**
 * Binds an address. A unix socket's file that a dead process left behind is removed first.
 *
 * @throws the system's or the resolver's error, with its `code`; what to do about it is said by the primary.
 */
export const openListeningSocket = async (address: Address): Promise<ListeningSocket> => {
  if (address.kind === 'unix') await removeStaleFile(address.path)
  const handle = await bind(address)
  return { handle, address: actualAddress(handle, address), close: () => handle.close() }
}

const bind = async (address: Address): Promise<Handle> => {
  if (address.kind === 'unix') return boundOrThrow(createBoundHandle(address, 4), address)
  if (address.host === '') {
    const dualStack = createBoundHandle({ ...address, host: '::' }, 6)
    if (typeof dualStack !== 'number' || getSystemErrorName(dualStack) !== 'EAFNOSUPPORT')
      return boundOrThrow(dualStack, address)
    return boundOrThrow(createBoundHandle({ ...address, host: '0.0.0.0' }, 4), address)
  }
  const resolved = await lookup(address.host)
  const family = resolved.family === 6 ? 6 : 4
  return boundOrThrow(
    createBoundHandle({ ...address, host: resolved.address }, family, family === 6 ? IPV6_ONLY : 0),
    address,
  )
}

const boundOrThrow = (handle: Handle | number, address: Address): Handle => {
  if (typeof handle !== 'number') return handle
  const code = getSystemErrorName(handle)
  throw Object.assign(new Error(`bind ${code} ${formatAddress(address)}`), { code, errno: handle, syscall: 'bind' })
}

const actualAddress = (handle: Handle, address: Address): Address => {
  if (address.kind === 'unix') return address
  const name: { port?: number } = {}
  handle.getsockname?.(name)
  return { ...address, port: name.port ?? address.port }
}

/** Only a socket that nobody answers on is removed: any other file is left for bind to refuse. */
const removeStaleFile = async (path: string): Promise<void> => {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return
  const refused = await new Promise<boolean>((resolve) => {
    const probe = net.connect(path)
    probe
      .once('connect', () => resolve(false))
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    probe.once('connect', () => probe.destroy())
  })
  if (refused) unlinkSync(path)
}
