/**
 * Messages with descriptors: sendmsg(2), recvmsg(2), cmsg(3), SCM_RIGHTS of unix(7). The structures are those of 64-bit
 * Linux; the machine is little-endian, as libc.ts has it.
 */
import { Block, load, orErrno } from '../../ffi.ts'
import { SOL_SOCKET } from '../socket-options.ts'

const sendmsg = load('sendmsg', 'long', 'int', 'uintptr_t', 'int')
const recvmsg = load('recvmsg', 'long', 'int', 'uintptr_t', 'int')

/** A message must fit into the send buffer with what the kernel adds. */
export const MOST_BYTES = 190 * 1024
/** The kernel takes 253 per message (unix(7) SCM_RIGHTS). */
export const MOST_DESCRIPTORS = 250

/** send(2), recv(2) */
const MSG_CTRUNC = 0x8
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_CMSG_CLOEXEC = 0x40000000

/** `struct msghdr` of recvmsg(2): name, its length, iovec, their number, control data, its length, flags. */
const HEADER = { ioVector: 16, ioVectorCount: 24, control: 32, controlLength: 40, flags: 48, length: 56 } as const
/** `struct iovec` of readv(2), which stands behind the header: where, and how long. */
const IO_VECTOR = HEADER.length
const IO_VECTOR_LENGTH = 16
/** `struct cmsghdr` of cmsg(3): length with this header, level, type; then the data. Each begins at a multiple of 8. */
const CONTROL_HEADER = 16
const SCM_RIGHTS = 1
const INT = 4
/** More than a sender of ours sends: what an unknown one sends is then cut, and the flags tell. */
const CONTROL_SPACE = CONTROL_HEADER + 256 * INT

/** Memory for one call. */
const header = new Block(IO_VECTOR + IO_VECTOR_LENGTH)
const control = new Block(CONTROL_SPACE)
const payload = new Block(MOST_BYTES)

/** @returns 0 or more, or a negated error number. @throws RangeError if it is empty, too long, or has too many descriptors */
export const sendMessage = (socket: number, bytes: Uint8Array, descriptors: readonly number[]): number => {
  // recv(2) returns 0 for an empty message as for the end.
  if (bytes.length === 0) throw new RangeError('a message must not be empty')
  if (bytes.length > MOST_BYTES) throw new RangeError(`a message has at most ${MOST_BYTES} bytes, not ${bytes.length}`)
  const count = descriptors.length
  if (count > MOST_DESCRIPTORS)
    throw new RangeError(`a message has at most ${MOST_DESCRIPTORS} descriptors, not ${count}`)
  payload.bytes.set(bytes)
  const length = count === 0 ? 0 : CONTROL_HEADER + count * INT
  writeControlHeader(length)
  for (const [index, descriptor] of descriptors.entries())
    control.bytes.writeInt32LE(descriptor, CONTROL_HEADER + index * INT)
  writeHeader(bytes.length, length)
  return orErrno(sendmsg(socket, header.at(0, HEADER.length), MSG_NOSIGNAL | MSG_DONTWAIT))
}

export interface Received {
  /** 0 or more, or a negated error number. */
  readonly result: number
  readonly bytes: Buffer
  readonly descriptors: readonly number[]
  /** The message was longer than can be received. */
  readonly isCut: boolean
  /** Descriptors are missing: this process may open no more. */
  readonly lacksDescriptors: boolean
}

export const receiveMessage = (socket: number): Received => {
  writeHeader(payload.size, CONTROL_SPACE)
  const result = orErrno(recvmsg(socket, header.at(0, HEADER.length), MSG_CMSG_CLOEXEC | MSG_DONTWAIT))
  const flags = header.bytes.readInt32LE(HEADER.flags)
  return {
    result,
    bytes: Buffer.from(payload.bytes.subarray(0, Math.max(0, result))),
    descriptors: result < 0 ? [] : receivedDescriptors(),
    isCut: (flags & MSG_TRUNC) !== 0,
    lacksDescriptors: (flags & MSG_CTRUNC) !== 0,
  }
}

const writeHeader = (length: number, controlLength: number): void => {
  const { bytes } = header
  bytes.fill(0, 0, IO_VECTOR + IO_VECTOR_LENGTH)
  writeSize(bytes, header.at(IO_VECTOR, IO_VECTOR_LENGTH), HEADER.ioVector)
  writeSize(bytes, 1, HEADER.ioVectorCount)
  writeSize(bytes, controlLength === 0 ? 0 : control.at(0, controlLength), HEADER.control)
  writeSize(bytes, controlLength, HEADER.controlLength)
  writeSize(bytes, payload.at(0, length), IO_VECTOR)
  writeSize(bytes, length, IO_VECTOR + 8)
}

const writeControlHeader = (length: number): void => {
  writeSize(control.bytes, length, 0)
  control.bytes.writeInt32LE(SOL_SOCKET, 8)
  control.bytes.writeInt32LE(SCM_RIGHTS, 12)
}

const receivedDescriptors = (): number[] => {
  const { bytes } = control
  const end = readSize(header.bytes, HEADER.controlLength)
  const descriptors: number[] = []
  for (let at = 0; at + CONTROL_HEADER <= end; ) {
    const length = readSize(bytes, at)
    const areDescriptors = bytes.readInt32LE(at + 8) === SOL_SOCKET && bytes.readInt32LE(at + 12) === SCM_RIGHTS
    if (length < CONTROL_HEADER) break
    if (areDescriptors)
      for (let each = at + CONTROL_HEADER; each + INT <= at + length; each += INT)
        descriptors.push(bytes.readInt32LE(each))
    at += Math.ceil(length / 8) * 8
  }
  return descriptors
}

/** `size_t` and addresses: 64 bits, of which Linux uses fewer than 53 in a process. */
const writeSize = (bytes: Buffer, value: number, at: number): void => {
  bytes.writeBigUInt64LE(BigInt(value), at)
}
const readSize = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))
