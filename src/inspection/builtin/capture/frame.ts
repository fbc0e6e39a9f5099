/** Ethernet frames with IP and TCP as they could have been on a wire (RFC 791, 8200, 9293). */
import { isIPv4 } from 'node:net'

/** One end of the conversation. */
export interface EndPoint {
  /** 4 or 16 bytes; both ends have as many. */
  readonly ip: Buffer
  readonly port: number
  readonly mac: Buffer
}

export interface Segment {
  readonly from: EndPoint
  readonly to: EndPoint
  readonly sequence: number
  readonly acknowledged: number
  readonly flags: number
  readonly payload: Uint8Array
}

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

/** So that an IPv4 packet stays far below its 65535 bytes. */
export const LARGEST_PAYLOAD = 16 * 1024

const ETHERNET_LENGTH = 14
const TCP_LENGTH = 20
const PROTOCOL_TCP = 6
const WINDOW = 65_535

/** Both ends in one address family. What is no IP address, a unix socket, is shown as one of 192.0.2.0/24 (RFC 5737). */
export const endPoints = (client: string, server: string): { client: EndPoint; server: EndPoint } => {
  const [one, other] = [parse(client, '192.0.2.1'), parse(server, '192.0.2.2')]
  const sameFamily = one.ip.length === other.ip.length
  const ip = (bytes: Buffer): Buffer => (sameFamily ? bytes : mapped(bytes))
  return {
    // Locally administered addresses.
    client: { ip: ip(one.ip), port: one.port, mac: Buffer.from('020000000001', 'hex') },
    server: { ip: ip(other.ip), port: other.port, mac: Buffer.from('020000000002', 'hex') },
  }
}

const parse = (address: string, otherwise: string): { ip: Buffer; port: number } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address) ?? []
  const host = bracketed ?? plain
  if (host === undefined || host === 'unix') return { ip: ipBytes(otherwise), port: 1 }
  return { ip: ipBytes(host), port: Number(port) }
}

const ipBytes = (host: string): Buffer => {
  if (isIPv4(host)) return Buffer.from(host.split('.').map(Number))
  // URL writes an IPv6 address in hex only, also one that ends like an IPv4 one.
  const written = new URL(`http://[${host.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
const mapped = (ip: Buffer): Buffer =>
  ip.length === 16 ? ip : Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), ip])

export const frame = (segment: Segment): Buffer => {
  const { from, to, payload } = segment
  const isIPv6 = from.ip.length === 16
  const ipLength = isIPv6 ? 40 : 20
  const made = Buffer.alloc(ETHERNET_LENGTH + ipLength + TCP_LENGTH + payload.length)
  to.mac.copy(made, 0)
  from.mac.copy(made, 6)
  made.writeUInt16BE(isIPv6 ? 0x86dd : 0x0800, 12)
  const ip = made.subarray(ETHERNET_LENGTH)
  const tcp = ip.subarray(ipLength)
  if (isIPv6) writeIPv6(ip, segment, tcp.length)
  else writeIPv4(ip, segment)
  writeTcp(tcp, segment)
  return made
}

const writeIPv4 = (ip: Buffer, { from, to }: Segment): void => {
  ip.writeUInt8(0x45, 0)
  ip.writeUInt16BE(ip.length, 2)
  // Don't fragment.
  ip.writeUInt16BE(0x4000, 6)
  ip.writeUInt8(64, 8)
  ip.writeUInt8(PROTOCOL_TCP, 9)
  from.ip.copy(ip, 12)
  to.ip.copy(ip, 16)
  ip.writeUInt16BE(checksum(ip.subarray(0, 20), 0), 10)
}

const writeIPv6 = (ip: Buffer, { from, to }: Segment, payloadLength: number): void => {
  ip.writeUInt32BE(0x60000000, 0)
  ip.writeUInt16BE(payloadLength, 4)
  ip.writeUInt8(PROTOCOL_TCP, 6)
  ip.writeUInt8(64, 7)
  from.ip.copy(ip, 8)
  to.ip.copy(ip, 24)
}

const writeTcp = (tcp: Buffer, { from, to, sequence, acknowledged, flags, payload }: Segment): void => {
  tcp.writeUInt16BE(from.port, 0)
  tcp.writeUInt16BE(to.port, 2)
  tcp.writeUInt32BE(sequence, 4)
  tcp.writeUInt32BE(acknowledged, 8)
  tcp.writeUInt8((TCP_LENGTH / 4) << 4, 12)
  tcp.writeUInt8(flags, 13)
  tcp.writeUInt16BE(WINDOW, 14)
  tcp.set(payload, TCP_LENGTH)
  // The pseudo-header: addresses, protocol and length.
  const pseudo = sum(from.ip, sum(to.ip, PROTOCOL_TCP + tcp.length))
  tcp.writeUInt16BE(checksum(tcp, pseudo), 16)
}

/** RFC 1071. */
const checksum = (bytes: Buffer, before: number): number => {
  let total = sum(bytes, before)
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000)
  return ~total & 0xffff
}

const sum = (bytes: Buffer, before: number): number => {
  let total = before
  for (let index = 0; index + 1 < bytes.length; index += 2)
    total += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  return bytes.length % 2 === 1 ? total + ((bytes[bytes.length - 1] ?? 0) << 8) : total
}
