/** Headers of the PROXY protocol, written byte by byte as its specification describes them (section 2.2). */

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

/** A binary header: its 13th and 14th bytes, and what follows the length. */
export const binaryHeader = (command: number, family: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([...SIGNATURE, command, family, body.length >> 8, body.length & 255]), body])
}

export const tlv = (type: number, value: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([type, bytes.length >> 8, bytes.length & 255]), bytes])
}

/** An SSL TLV (section 2.2.6): client flags, a result of 32 bits, and TLVs of its own. */
export const sslTlv = (...tlvs: readonly Uint8Array[]): Buffer =>
  tlv(0x20, Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), ...tlvs]))

/** 192.0.2.1:4711 to 198.51.100.2:443 */
export const IPV4_ENDS = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 4711 >> 8, 4711 & 255, 443 >> 8, 443 & 255])

/** [2001:db8::1]:4711 to [2001:db8::2]:443 */
export const IPV6_ENDS = Buffer.from(
  '20010db8000000000000000000000001' + '20010db8000000000000000000000002' + '1267' + '01bb',
  'hex',
)

/** The paths in fields of 108 bytes. */
export const unixEnds = (source: string, destination: string): Buffer => {
  const ends = Buffer.alloc(216)
  ends.write(source, 0)
  ends.write(destination, 108)
  return ends
}

export const tcp4Header = (...tlvs: readonly Uint8Array[]): Buffer => binaryHeader(0x21, 0x11, IPV4_ENDS, ...tlvs)

/** CRC32c bit by bit: RFC 3720 §12.1 gives the polynomial 0x11edc6f41, appendix B.4 the examples. */
export const slowCrc32c = (bytes: Uint8Array): number => {
  let rest = 0xffffffffn
  for (const byte of bytes) {
    rest ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) rest = rest & 1n ? (rest >> 1n) ^ 0x82f63b78n : rest >> 1n
  }
  return Number(rest ^ 0xffffffffn)
}

/** The header with its checksum, a TLV of four zeros so far, filled in. */
export const withChecksum = (header: Buffer): Buffer => {
  const at = header.indexOf(tlv(3, Buffer.alloc(4)))
  const sum = slowCrc32c(header)
  const whole = Buffer.from(header)
  whole.writeUInt32BE(sum, at + 3)
  return whole
}

export const NO_CHECKSUM = tlv(3, Buffer.alloc(4))
