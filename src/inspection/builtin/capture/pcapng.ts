/** Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, times in µs. */

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const LINKTYPE_ETHERNET = 1
const UNKNOWN_LENGTH = -1n
const OPT_COMMENT = 1
const OPT_IF_NAME = 2

/** The beginning of a file: a section, and one interface. */
export const fileHeader = (comment: string): Buffer => {
  const section = Buffer.alloc(16)
  section.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
  section.writeUInt16LE(1, 4)
  section.writeBigInt64LE(UNKNOWN_LENGTH, 8)
  const interface_ = Buffer.alloc(8)
  interface_.writeUInt16LE(LINKTYPE_ETHERNET, 0)
  return Buffer.concat([
    block(SECTION_HEADER, Buffer.concat([section, option(OPT_COMMENT, comment), END_OF_OPTIONS])),
    block(INTERFACE_DESCRIPTION, Buffer.concat([interface_, option(OPT_IF_NAME, 'copyloop'), END_OF_OPTIONS])),
  ])
}

/** A packet, captured at a time in µs since 1970. */
export const packet = (frame: Buffer, timeUs: number): Buffer => {
  const body = Buffer.alloc(20 + padded(frame.length))
  body.writeUInt32LE(Math.floor(timeUs / 2 ** 32), 4)
  body.writeUInt32LE(timeUs % 2 ** 32, 8)
  body.writeUInt32LE(frame.length, 12)
  body.writeUInt32LE(frame.length, 16)
  frame.copy(body, 20)
  return block(ENHANCED_PACKET, body)
}

const padded = (length: number): number => (length + 3) & ~3

const END_OF_OPTIONS = Buffer.alloc(4)

const option = (code: number, text: string): Buffer => {
  const bytes = Buffer.from(text)
  const made = Buffer.alloc(4 + padded(bytes.length))
  made.writeUInt16LE(code, 0)
  made.writeUInt16LE(bytes.length, 2)
  bytes.copy(made, 4)
  return made
}

const block = (type: number, body: Buffer): Buffer => {
  const made = Buffer.alloc(12 + body.length)
  made.writeUInt32LE(type, 0)
  made.writeUInt32LE(made.length, 4)
  body.copy(made, 8)
  made.writeUInt32LE(made.length, made.length - 4)
  return made
}
