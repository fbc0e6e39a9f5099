/** PROXY protocol v2 as its specification has it (haproxy.org, doc/proxy-protocol.txt, 2.2), for TCP over IPv4. */
import type { Socket } from 'node:net'

const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const PREFIX_BYTES = 16
const ADDRESS_BYTES = 12
/** Version 2, command PROXY; TCP over IPv4. */
const PROXY = 0x21
const TCP4 = 0x11

/** The header with which a client names itself by its own address. */
export const headerOf = (socket: Socket): Buffer => {
  const header = Buffer.alloc(PREFIX_BYTES + ADDRESS_BYTES)
  SIGNATURE.copy(header)
  header[12] = PROXY
  header[13] = TCP4
  header.writeUInt16BE(ADDRESS_BYTES, 14)
  writeAddress(header, 16, socket.localAddress ?? '')
  writeAddress(header, 20, socket.remoteAddress ?? '')
  header.writeUInt16BE(socket.localPort ?? 0, 24)
  header.writeUInt16BE(socket.remotePort ?? 0, 26)
  return header
}

const writeAddress = (header: Buffer, offset: number, address: string): void => {
  for (const [index, byte] of address.split('.').entries()) header[offset + index] = Number(byte)
}

/** The header with which a connection arrives at a server. */
export class ReceivedHeader {
  /** The client's address, as the log writes it; what is wrong, if there is no such header. */
  client = 'no whole header'
  #bytes: Buffer = Buffer.alloc(0)
  #isOver = false

  /** What comes after it. */
  after(piece: Buffer): Buffer {
    if (this.#isOver) return piece
    this.#bytes = Buffer.concat([this.#bytes, piece])
    if (this.#bytes.length < PREFIX_BYTES) return Buffer.alloc(0)
    const length = PREFIX_BYTES + this.#bytes.readUInt16BE(14)
    if (this.#bytes.length < length) return Buffer.alloc(0)
    this.#isOver = true
    const isHeader = this.#bytes.subarray(0, 12).equals(SIGNATURE)
    const isTcp4 = this.#bytes[12] === PROXY && this.#bytes[13] === TCP4
    this.client =
      isHeader && isTcp4
        ? `${this.#bytes.subarray(16, 20).join('.')}:${this.#bytes.readUInt16BE(24)}`
        : 'no such header'
    return this.#bytes.subarray(length)
  }
}
