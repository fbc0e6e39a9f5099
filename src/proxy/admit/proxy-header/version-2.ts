/** The binary header (PP §2.2). */
import { crc32c } from './crc32c.ts'
import type { Endpoint } from './endpoint.ts'
import { type EndpointPair, type HeaderFinding, LONGEST_VERSION_2, more, wrong } from './header.ts'
import { LONGEST_UNIQUE_ID, mistakeInSsl, type Tlv, TYPE, textOrHex, tlvsIn } from './tlvs.ts'

export const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const VERSION_AND_COMMAND = 12
const FAMILY_AND_PROTOCOL = 13
const LENGTH = 14
/** Signature, version, family and length. */
export const FIXED_BYTES = 16

export const LOCAL_COMMAND = 0x20
export const PROXY_COMMAND = 0x21
export const STREAM = 1
const DATAGRAM = 2
export const FAMILY = { unspecified: 0, ipv4: 1, ipv6: 2, unix: 3 } as const
/** The bytes of one address, and of both with their ports. */
export const SIZE_OF = { ipv4: { one: 4, all: 12 }, ipv6: { one: 16, all: 36 }, unix: { one: 108, all: 216 } } as const

/** Fails at the first byte after which no header can come of it; what follows the fixed bytes is read when it is whole. */
export const findVersion2 = (bytes: Buffer): HeaderFinding => {
  const compared = Math.min(bytes.length, SIGNATURE.length)
  if (SIGNATURE.compare(bytes, 0, compared, 0, compared) !== 0) return wrong('it does not begin with a v2 header')
  const command = bytes[VERSION_AND_COMMAND] ?? PROXY_COMMAND
  if (command >> 4 !== PROXY_COMMAND >> 4) return wrong(`its version is ${command >> 4}, not 2`)
  if (command > PROXY_COMMAND) return wrong(`its command is ${command & 15}, neither LOCAL nor PROXY`)
  const size = addressBytes(command, bytes[FAMILY_AND_PROTOCOL] ?? 0)
  if (size === undefined)
    return wrong(`its family and protocol are 0x${hex(bytes[FAMILY_AND_PROTOCOL])}, which no sender may use`)
  const highest = LONGEST_VERSION_2 >> 8
  if ((bytes[LENGTH] ?? 0) >= highest) return wrong(`it is longer than ${LONGEST_VERSION_2} bytes`)
  if (bytes.length < FIXED_BYTES) return more(bytes.length + 1)
  const length = FIXED_BYTES + bytes.readUInt16BE(LENGTH)
  if (length > LONGEST_VERSION_2) return wrong(`it is longer than ${LONGEST_VERSION_2} bytes`)
  if (length < FIXED_BYTES + size) return wrong('its length is too short for its addresses')
  return bytes.length < length ? more(length) : readWhole(bytes.subarray(0, length), size)
}

const hex = (byte = 0): string => byte.toString(16).padStart(2, '0')

/** How many bytes of addresses there are before the vectors; undefined for a family or protocol that must be rejected. */
const addressBytes = (command: number, family: number): number | undefined => {
  // "discard the protocol block including the family which is ignored"
  if (command === LOCAL_COMMAND) return 0
  const protocol = family & 15
  if (family >> 4 > FAMILY.unix || protocol > DATAGRAM) return undefined
  const known = protocol === 0 ? undefined : familyOf(family)
  return known === undefined ? 0 : SIZE_OF[known].all
}

const familyOf = (family: number): Endpoint['family'] | undefined =>
  ([undefined, 'ipv4', 'ipv6', 'unix'] as const)[family >> 4]

const readWhole = (bytes: Buffer, size: number): HeaderFinding => {
  const command = bytes[VERSION_AND_COMMAND] === LOCAL_COMMAND ? 'LOCAL' : 'PROXY'
  const header = { length: bytes.length, version: 'v2', command, tlvs: [] } as const
  if (command === 'LOCAL') return { is: 'header', header }
  const tlvs = tlvsIn(bytes.subarray(FIXED_BYTES + size))
  if (tlvs === undefined) {
    // After an unspecified family there may be an address of any form, which is to be ignored.
    return size === 0 ? { is: 'header', header } : wrong('its length is not where one of its TLVs ends')
  }
  const mistake = mistakeIn(tlvs, bytes)
  if (mistake !== undefined) return wrong(mistake)
  const endpoints = endpointsIn(bytes)
  const uniqueId = tlvs.find(({ type }) => type === TYPE.uniqueId)
  return {
    is: 'header',
    header: {
      ...header,
      tlvs,
      ...(endpoints && { endpoints }),
      ...(uniqueId && { uniqueId: textOrHex(uniqueId.value) }),
    },
  }
}

const mistakeIn = (tlvs: readonly Tlv[], header: Buffer): string | undefined => {
  // Two of a kind: we could believe one, and the server the other.
  const [checksum, ...checksums] = tlvs.filter(({ type }) => type === TYPE.crc32c)
  const [uniqueId, ...uniqueIds] = tlvs.filter(({ type }) => type === TYPE.uniqueId)
  if (checksums.length > 0) return 'it has two checksums'
  if (uniqueIds.length > 0) return 'it has two unique IDs'
  if (uniqueId && uniqueId.value.length > LONGEST_UNIQUE_ID)
    return `its unique ID has more than ${LONGEST_UNIQUE_ID} bytes`
  if (checksum && !isChecksumOf(checksum.value, header)) return 'its checksum is wrong'
  for (const { type, value } of tlvs) {
    const mistake = type === TYPE.ssl ? mistakeInSsl(value) : undefined
    if (mistake !== undefined) return mistake
  }
  return undefined
}

/** PP §2.2.3: of the whole header, with zeros in the place of the checksum. */
const isChecksumOf = (value: Buffer, header: Buffer): boolean => {
  if (value.length !== 4) return false
  const zeroed = Buffer.from(header)
  zeroed.fill(0, value.byteOffset - header.byteOffset, value.byteOffset - header.byteOffset + 4)
  return crc32c(zeroed) === value.readUInt32BE()
}

/** Only streams have ends that a client of ours can have. */
const endpointsIn = (bytes: Buffer): EndpointPair | undefined => {
  const family = bytes.readUInt8(FAMILY_AND_PROTOCOL)
  const known = familyOf(family)
  if (known === undefined || (family & 15) !== STREAM) return undefined
  const { one } = SIZE_OF[known]
  const ends = [FIXED_BYTES, FIXED_BYTES + one].map((at) => bytes.subarray(at, at + one))
  const [source, destination] = ends.map((address, index): Endpoint => {
    if (known === 'unix') return { family: known, path: pathIn(address) }
    return {
      family: known,
      address: Uint8Array.from(address),
      port: bytes.readUInt16BE(FIXED_BYTES + 2 * one + 2 * index),
    }
  })
  return source && destination && { source, destination }
}

/** unix(7): to the first NUL. An abstract name begins with one; its own end is not known, as senders fill up with NULs. */
const pathIn = (address: Buffer): Buffer => {
  const nul = address.indexOf(0)
  const end = nul === 0 ? address.findLastIndex((byte) => byte !== 0) + 1 : nul < 0 ? address.length : nul
  return Buffer.from(address.subarray(0, end))
}
