/** Socket addresses between text and the kernel's structures: ip(7) sockaddr_in, ipv6(7) sockaddr_in6, unix(7) sockaddr_un. */
import { endianness } from 'node:os'
import { type Address, isAbstract, systemPath } from '../../config/fields/address.ts'
import { unixName } from '../../config/fields/unix-name.ts'
import type { Block } from '../ffi.ts'
import { AF, addressFromText, addressToText, interfaceIndex } from '../libc.ts'
import type { PeerKey } from './peer-name.ts'

export const IPV4_LENGTH = 16
export const IPV6_LENGTH = 28
/** Family is a 16-bit number of the machine, port one of the network; then the address. */
export const PORT = 2
const IPV4_ADDRESS = 4
const IPV6_ADDRESS = 8
const IPV6_SCOPE = 24
const PATH = 2
const LONGEST_PATH = 107

const little = endianness() === 'LE'

/** Writes the address to the start of the block. @throws RangeError if the host is no IP address or the path is too long */
export const encodeSockaddr = (address: Address, into: Block): { family: number; length: number } => {
  const { bytes } = into
  bytes.fill(0, 0, 128)
  if (address.kind === 'unix') {
    const path = Buffer.from(systemPath(address.path))
    if (path.length > LONGEST_PATH)
      throw new RangeError(`the path is longer than ${LONGEST_PATH} bytes: ${address.path}`)
    writeFamily(bytes, AF.unix)
    path.copy(bytes, PATH)
    // A NUL ends a path, and would belong to an abstract name.
    return { family: AF.unix, length: PATH + path.length + (isAbstract(address) ? 0 : 1) }
  }
  bytes.writeUInt16BE(address.port, PORT)
  if (addressFromText(AF.inet, address.host, into, IPV4_ADDRESS)) {
    writeFamily(bytes, AF.inet)
    return { family: AF.inet, length: IPV4_LENGTH }
  }
  const [host = '', zone] = address.host.split('%')
  if (!addressFromText(AF.inet6, host, into, IPV6_ADDRESS)) throw new RangeError(`not an IP address: ${address.host}`)
  writeFamily(bytes, AF.inet6)
  if (zone !== undefined) bytes.writeUInt32LE(interfaceIndex(zone) || Number(zone) || 0, IPV6_SCOPE)
  return { family: AF.inet6, length: IPV6_LENGTH }
}

/**
 * Reads the address of the other end. An IPv4 address, by far the most common, becomes a number: 48 bits of address and
 * port. `peerName` formats it, so no string is made for a connection before it is needed.
 *
 * @param length what the kernel has written: it is how a unix socket without a name differs from an abstract name
 */
export const decodePeer = (from: Block, length: number): PeerKey => {
  const { bytes } = from
  const family = little ? bytes.readUInt16LE(0) : bytes.readUInt16BE(0)
  if (family === AF.inet) return bytes.readUInt32BE(IPV4_ADDRESS) * 65_536 + bytes.readUInt16BE(PORT)
  if (family === AF.inet6) return ipv6Name(from)
  return `unix:${unixName(bytes.subarray(PATH, Math.min(length, PATH + LONGEST_PATH + 1)))}`
}

const ipv6Name = (from: Block): PeerKey => {
  const port = from.bytes.readUInt16BE(PORT)
  const text = addressToText(AF.inet6, from, IPV6_ADDRESS)
  // A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2).
  if (/^::ffff:\d+\./.test(text)) return from.bytes.readUInt32BE(IPV6_ADDRESS + 12) * 65_536 + port
  return `[${text}]:${port}`
}

const writeFamily = (bytes: Buffer, family: number): void => {
  if (little) bytes.writeUInt16LE(family, 0)
  else bytes.writeUInt16BE(family, 0)
}
