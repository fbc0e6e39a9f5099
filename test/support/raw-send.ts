/** What send(2) and sendmsg(2) can do and node:net cannot: urgent bytes, and messages with descriptors or credentials. */
import type { Socket } from 'node:net'
import { Block, load, orErrno } from '../../src/system/ffi.ts'

const c = {
  send: load('send', 'long', 'int', 'uintptr_t', 'size_t', 'int'),
  sendmsg: load('sendmsg', 'long', 'int', 'uintptr_t', 'int'),
}
/** send(2) */
const MSG_OOB = 1
const MSG_NOSIGNAL = 0x4000
/** unix(7) */
const SOL_SOCKET = 1
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2

const block = new Block(4096)
/** Where the parts of a message stand in the block: struct msghdr, iovec, cmsghdr, then the bytes. */
const HEADER = 0
const VECTOR = 64
const CONTROL = 128
const BYTES = 256

/** The descriptor of a socket that is open. */
export const descriptorOf = (socket: Socket): number => {
  const { _handle: handle } = socket as unknown as { _handle: { fd: number } | null }
  if (handle === null) throw new Error('the socket is closed')
  return handle.fd
}

/** Sends bytes of which the last one is urgent. @returns as send(2), errors negated */
export const sendUrgent = (socket: Socket, bytes: Uint8Array): number => {
  block.bytes.set(bytes, BYTES)
  return orErrno(c.send(descriptorOf(socket), block.at(BYTES, bytes.length), bytes.length, MSG_OOB | MSG_NOSIGNAL))
}

/** Sends bytes, and a descriptor along with them. @returns as sendmsg(2), errors negated */
export const sendDescriptor = (socket: Socket, bytes: Uint8Array, descriptor: number): number =>
  sendMessage(socket, bytes, SCM_RIGHTS, [descriptor])

/** Sends bytes, and says which process of which user it is. @returns as sendmsg(2), errors negated */
export const sendCredentials = (socket: Socket, bytes: Uint8Array): number =>
  sendMessage(socket, bytes, SCM_CREDENTIALS, [process.pid, process.getuid?.() ?? 0, process.getgid?.() ?? 0])

const sendMessage = (socket: Socket, bytes: Uint8Array, type: number, values: readonly number[]): number => {
  const controlLength = 16 + values.length * 4
  const memory = block.bytes.fill(0, 0, BYTES)
  memory.set(bytes, BYTES)
  writeAddress(HEADER + 16, block.at(VECTOR, 16))
  writeAddress(HEADER + 24, 1)
  writeAddress(HEADER + 32, block.at(CONTROL, controlLength))
  writeAddress(HEADER + 40, Math.ceil(controlLength / 8) * 8)
  writeAddress(VECTOR, block.at(BYTES, bytes.length))
  writeAddress(VECTOR + 8, bytes.length)
  writeAddress(CONTROL, controlLength)
  memory.writeInt32LE(SOL_SOCKET, CONTROL + 8)
  memory.writeInt32LE(type, CONTROL + 12)
  Buffer.from(new Int32Array(values).buffer).copy(memory, CONTROL + 16)
  return orErrno(c.sendmsg(descriptorOf(socket), block.at(HEADER, 56), MSG_NOSIGNAL))
}

const writeAddress = (offset: number, value: number): void => {
  block.bytes.writeBigUInt64LE(BigInt(value), offset)
}
