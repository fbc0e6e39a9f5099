import { getSystemErrorName } from 'node:util'
import { Block, load, orErrno } from '../system/ffi.ts'

const send = load('send', 'long', 'int', 'uintptr_t', 'size_t', 'int')
/** send(2): for this call only. O_NONBLOCK would be set for every process that has this socket. */
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MOST_BYTES = 64 * 1024

const block = new Block(MOST_BYTES)

/**
 * Sends what a socket takes at once.
 *
 * @returns how many bytes it took
 * @throws an error with the system's code: EAGAIN when it takes nothing now
 */
export const sendNow = (descriptor: number, bytes: Buffer): number => {
  const length = bytes.copy(block.bytes, 0, 0, MOST_BYTES)
  const result = orErrno(send(descriptor, block.at(0, length), length, MSG_DONTWAIT | MSG_NOSIGNAL))
  if (result >= 0) return result
  const code = getSystemErrorName(result)
  throw Object.assign(new Error(`send ${code}`), { code, errno: result, syscall: 'send' })
}
