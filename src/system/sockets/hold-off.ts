import { Block } from '../ffi.ts'
import { getOption, setOptionBytes } from '../libc.ts'
import { IPPROTO_TCP, SO_ATTACH_FILTER, SO_PROTOCOL, SOL_SOCKET } from './socket-options.ts'

/**
 * Classic BPF (linux/filter.h): 16 bits of code, two jumps of 8 bits, 32 bits of operand. It drops the segments that begin a
 * connection, and passes all others.
 */
const DROP_FIRST_SEGMENTS = [
  { code: 0x30, k: 13 }, // load the byte of flags (RFC 9293, 3.1)
  { code: 0x54, k: 0x12 }, // of them, SYN and ACK
  { code: 0x15, ifNot: 1, k: 0x02 }, // only SYN?
  { code: 0x06, k: 0 }, // drop it
  { code: 0x06, k: 0xffff_ffff }, // pass it
]
const INSTRUCTION_BYTES = 8

const program = new Block(DROP_FIRST_SEGMENTS.length * INSTRUCTION_BYTES)
/** struct sock_fprog: the number of instructions, and on 64 bits at 8 their address. */
const description = new Block(16)
const protocol = new Block(4)

const wordsOf = ({ bytes }: Block) => ({
  halves: new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2),
  words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
  addresses: new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8),
})

program.bytes.fill(0)
DROP_FIRST_SEGMENTS.forEach(({ code, ifNot = 0, k }, index) => {
  const { halves, words } = wordsOf(program)
  halves[index * 4] = code
  program.bytes[index * INSTRUCTION_BYTES + 3] = ifNot
  words[index * 2 + 1] = k
})

/**
 * Holds off new clients of a listening TCP socket, in every process that has it, and for good: their first segment gets no
 * answer, so they try again after a second. Clients that have begun to connect complete it, and wait to be accepted.
 *
 * @returns false if the socket is of another kind, or the system refuses
 */
export const holdOffNewClients = (fd: number): boolean => {
  if (getOption(fd, SOL_SOCKET, SO_PROTOCOL, protocol, 4) !== 4) return false
  if (wordsOf(protocol).words[0] !== IPPROTO_TCP) return false
  const { halves, addresses } = wordsOf(description)
  halves[0] = DROP_FIRST_SEGMENTS.length
  addresses[1] = BigInt(program.at(0, DROP_FIRST_SEGMENTS.length * INSTRUCTION_BYTES))
  return setOptionBytes(fd, SOL_SOCKET, SO_ATTACH_FILTER, description, 16) === 0
}
