import { crc32c } from './crc32c.ts'
import type { Endpoint } from './endpoint.ts'
import { type EndpointPair, LONGEST_VERSION_2 } from './header.ts'
import { ipv4Text, ipv6Text } from './ip-text.ts'
import { mayPassOn, TLV_HEAD, type Tlv, TYPE, writeTlv } from './tlvs.ts'
import { FAMILY, FIXED_BYTES, PROXY_COMMAND, SIGNATURE, SIZE_OF, STREAM } from './version-2.ts'

/** Both ends of a client's connection. Each is undefined where nobody knows it. */
type Ends = { readonly [End in keyof EndpointPair]: EndpointPair[End] | undefined }

/** A line of text (PP §2.1). It has no word for unix sockets, nor for ends of two families. */
export const writeVersion1 = ({ source, destination }: Ends): Buffer => {
  if (source?.family === 'ipv4' && destination?.family === 'ipv4')
    return line('TCP4', [ipv4Text(source.address), ipv4Text(destination.address)], source, destination)
  if (source?.family === 'ipv6' && destination?.family === 'ipv6')
    return line('TCP6', [ipv6Text(source.address), ipv6Text(destination.address)], source, destination)
  return Buffer.from('PROXY UNKNOWN\r\n')
}

interface WithPort {
  readonly port: number
}

const line = (protocol: string, addresses: readonly string[], source: WithPort, destination: WithPort): Buffer =>
  Buffer.from(`PROXY ${protocol} ${addresses.join(' ')} ${source.port} ${destination.port}\r\n`, 'latin1')

const CHECKSUM = writeTlv(TYPE.crc32c, Buffer.alloc(4))

/**
 * The binary header (PP §2.2), with a checksum at its end.
 *
 * @param uniqueId our name for the connection
 * @param received what came with the client's own header: what may be passed on is, as far as there is room for it
 */
export const writeVersion2 = (ends: Ends, uniqueId: string, received: readonly Tlv[]): Buffer => {
  const { family, addresses } = addressBlock(ends)
  const parts = [addresses, writeTlv(TYPE.uniqueId, Buffer.from(uniqueId))]
  let room = LONGEST_VERSION_2 - FIXED_BYTES - CHECKSUM.length - parts.reduce((sum, part) => sum + part.length, 0)
  for (const tlv of received) {
    if (!mayPassOn(tlv) || TLV_HEAD + tlv.value.length > room) continue
    parts.push(writeTlv(tlv.type, tlv.value))
    room -= TLV_HEAD + tlv.value.length
  }
  parts.push(CHECKSUM)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const header = Buffer.concat([SIGNATURE, Buffer.from([PROXY_COMMAND, family, length >> 8, length & 255]), ...parts])
  header.writeUInt32BE(crc32c(header), header.length - 4)
  return header
}

/** Ends of one family; nothing for all else (PP §2.2: UNSPEC). */
const addressBlock = ({ source, destination }: Ends): { family: number; addresses: Buffer } => {
  if (source === undefined || source.family !== destination?.family)
    return { family: FAMILY.unspecified, addresses: Buffer.alloc(0) }
  const { one, all } = SIZE_OF[source.family]
  const addresses = Buffer.alloc(all)
  for (const [index, end] of [source, destination].entries()) {
    addresses.set(addressOf(end).subarray(0, one), index * one)
    if (end.family !== 'unix') addresses.writeUInt16BE(end.port, 2 * one + 2 * index)
  }
  return { family: (FAMILY[source.family] << 4) | STREAM, addresses }
}

const addressOf = (end: Endpoint): Uint8Array => (end.family === 'unix' ? end.path : end.address)
