/**
 * The few things that node:net does inside but does not offer, each with the reason why it is needed. The only file that
 * knows them; test/engine/ runs it on every Node that is supported.
 */
import net from 'node:net'
import { type Address, systemPath } from '../../../config/fields/address.ts'
import type { BoundHandle } from '../../engine.ts'

/** libuv's handle behind a socket: TCP or Pipe. */
export interface Handle extends BoundHandle {
  /** Bytes handed to libuv that the kernel has not taken. */
  readonly writeQueueSize: number
  /** Bytes handed to libuv, whether the kernel has taken them or not. */
  readonly bytesWritten: number
  readStart(): number
  useUserBuffer(buffer: Buffer): void
  getsockname?(out: { address?: string; port?: number }): number
  getpeername?(out: { address?: string; port?: number }): number
}

/** `UV_TCP_IPV6ONLY` (uv.h): the socket takes no IPv4 client. */
export const IPV6_ONLY = 1

interface Internals {
  _createServerHandle(
    host: string | null,
    port: number,
    family: 4 | 6 | -1,
    fd?: number,
    flags?: number,
  ): Handle | number
}

/**
 * A socket that is bound and that nobody accepts on. `listen` would accept in this process, and closing it to avoid
 * that would close the port while no worker lives.
 *
 * @returns the handle, or libuv's negative error number.
 */
export const createBoundHandle = (address: Address, family: 4 | 6, flags = 0): Handle | number => {
  const internals = net as unknown as Internals
  if (address.kind === 'unix') return internals._createServerHandle(systemPath(address.path), -1, -1)
  const handle = internals._createServerHandle(address.host, address.port, family, undefined, flags)
  if (typeof handle === 'number') return handle
  // libuv keeps the error of a taken port until the next call.
  const failure = handle.getsockname?.({}) ?? 0
  if (failure === 0) return handle
  handle.close()
  return failure
}

/**
 * A handle of a socket that this process has inherited, TCP or unix.
 *
 * @returns the handle, which owns the descriptor, or libuv's negative error number
 */
export const handleOfDescriptor = (descriptor: number): Handle | number =>
  (net as unknown as Internals)._createServerHandle(null, 0, -1, descriptor)

/**
 * Accepts on a socket of this very process. `listen({ fd })` in a worker of node:cluster means a descriptor of the
 * primary, which the primary then closes with its last worker.
 */
export const listenOn = (server: net.Server, socket: number | BoundHandle, backlog: number): void => {
  const internals = server as unknown as {
    _handle: BoundHandle | null
    _listen2(host: null, port: null, family: null, backlog: number, fd?: number): void
  }
  if (typeof socket === 'number') return internals._listen2(null, null, null, backlog, socket)
  internals._handle = socket
  internals._listen2(null, null, null, backlog)
}

/** Takes the handle away from a socket, which is then an empty shell: `onread` can be given only to a new socket. */
export const takeHandle = (socket: net.Socket): Handle => {
  const owner = socket as unknown as { _handle: Handle | null }
  const handle = owner._handle
  if (handle === null) throw new Error('the socket has no handle any more')
  owner._handle = null
  return handle
}

/**
 * Bytes written to the socket that its kernel has not taken; 0 once the socket is closed. While one write is under way
 * the stream keeps the next ones: `bytesWritten` of the socket counts these as well, that of its handle does not.
 */
export const untakenBytes = (socket: net.Socket): number => {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null }
  return handle === null ? 0 : handle.writeQueueSize + socket.bytesWritten - handle.bytesWritten
}

/** The socket's descriptor; undefined once it is closed, and where the system has none. */
export const descriptorOf = (socket: net.Socket): number | undefined => {
  const fd = (socket as unknown as { _handle: Handle | null })._handle?.fd ?? -1
  return fd < 0 ? undefined : fd
}

/**
 * Has `destroy` end the connection with a RST. `resetAndDestroy` waits for the end of a connect that is under way. A unix
 * socket has no RST.
 */
export const resetWhenDestroyed = (socket: net.Socket): void => {
  const internals = socket as unknown as { _handle: { reset?: unknown } | null; resetAndClosing: boolean }
  // Before the connect has begun there is no descriptor, and nobody to reset.
  if (internals._handle?.reset && descriptorOf(socket) !== undefined) internals.resetAndClosing = true
}

/** Has the socket read into this buffer from now on, and so at most its length at once. `onread` can set it only once. */
export const readInto = (socket: net.Socket, buffer: Buffer): void => {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null }
  handle?.useUserBuffer(buffer)
}

/** Reads on after the end of the stream. False when the socket has no handle any more. */
export const readAgain = (socket: net.Socket): boolean =>
  (socket as unknown as { _handle: Handle | null })._handle?.readStart() === 0
