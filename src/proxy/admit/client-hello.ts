/**
 * The TLS ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2, server name: RFC 6066 §3), however it is cut into records and
 * segments. Only one that is whole and right is TLS: what cannot be parsed has no server name that a rule could miss.
 */
import { MOST_EARLY_BYTES } from '../../engine/peer.ts'

const RECORD_HEADER = 5
const HANDSHAKE = 22
const CLIENT_HELLO = 1
/** RFC 8446 §5.1. */
const LONGEST_RECORD = 2 ** 14
const HANDSHAKE_HEADER = 4
/**
 * Record headers included. No more of a client can be looked at; a greeting with post-quantum keys has about 2 KiB, and none
 * that a client sends has more than this.
 */
const LONGEST_HELLO = MOST_EARLY_BYTES
/** Each one that comes has all of them looked at again. */
const MOST_RECORDS = 512
const SERVER_NAME = 0
const HOST_NAME = 0

/** What the first bytes of a client come to. `more`: the answer will not change before there are `atLeast` bytes, at most `MOST_EARLY_BYTES`. */
export type HelloFinding =
  | { readonly is: 'yes'; readonly serverName?: string }
  | { readonly is: 'more'; readonly atLeast: number }
  | { readonly is: 'no' }

const NO: HelloFinding = { is: 'no' }
const more = (atLeast: number): HelloFinding => ({ is: 'more', atLeast })

/** A greeting that breaks its own rules. */
class Malformed extends Error {}

/** Looks for a ClientHello at the begin of what a client sends. It keeps nothing, and reads nothing that is not there. */
export const findClientHello = (bytes: Buffer): HelloFinding => {
  try {
    const parts: Buffer[] = []
    let there = 0
    let wanted = HANDSHAKE_HEADER
    for (let at = 0; there < wanted; ) {
      const length = recordLength(bytes, at)
      if (length === undefined) return more(mustFit(at + RECORD_HEADER))
      const body = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length)
      if (body.length > 0 && there === 0 && body[0] !== CLIENT_HELLO) return NO
      parts.push(body)
      if (parts.length > MOST_RECORDS) throw new Malformed()
      there += body.length
      if (there >= HANDSHAKE_HEADER && wanted === HANDSHAKE_HEADER) wanted = handshakeLength(parts)
      const recordEnd = at + RECORD_HEADER + length
      mustFit(soonestEnd(recordEnd, there - body.length + length, wanted))
      if (body.length < length) return there < wanted ? more(Math.min(recordEnd, LONGEST_HELLO)) : parsed(parts, wanted)
      at = recordEnd
    }
    return parsed(parts, wanted)
  } catch (error) {
    if (error instanceof Malformed) return NO
    throw error
  }
}

/** Undefined while its header is not whole. */
const recordLength = (bytes: Buffer, at: number): number | undefined => {
  const header = bytes.subarray(at, at + RECORD_HEADER)
  const [type = HANDSHAKE, major = 3, minor = 1] = header
  if (type !== HANDSHAKE || major !== 3 || minor > 4) throw new Malformed()
  if (header.length < RECORD_HEADER) return undefined
  const length = header.readUInt16BE(3)
  // An empty one is forbidden for handshakes (RFC 8446 §5.1), and an endless row of them would be free of charge.
  if (length === 0 || length > LONGEST_RECORD) throw new Malformed()
  return length
}

const handshakeLength = (parts: readonly Buffer[]): number => HANDSHAKE_HEADER + Buffer.concat(parts).readUIntBE(1, 3)

/** Where a greeting of `wanted` bytes can end at the soonest, if `there` of them are there at the end of a record. */
const soonestEnd = (recordEnd: number, there: number, wanted: number): number => {
  const missing = wanted - there
  return recordEnd + missing + (missing > 0 ? RECORD_HEADER * Math.ceil(missing / LONGEST_RECORD) : 0)
}

const mustFit = (end: number): number => {
  if (end > LONGEST_HELLO) throw new Malformed()
  return end
}

const parsed = (parts: readonly Buffer[], length: number): HelloFinding => {
  const hello = new Reader(Buffer.concat(parts).subarray(HANDSHAKE_HEADER, length))
  const version = hello.number(2)
  if (version < 0x0300 || version > 0x0303) throw new Malformed()
  hello.bytes(32)
  if (hello.vector(1).length > 32) throw new Malformed()
  const suites = hello.vector(2)
  if (suites.length < 2 || suites.length % 2 === 1) throw new Malformed()
  if (hello.vector(1).length < 1) throw new Malformed()
  const serverName = hello.isAtEnd ? undefined : serverNameIn(new Reader(hello.vector(2)))
  if (!hello.isAtEnd) throw new Malformed()
  return { is: 'yes', ...(serverName !== undefined && { serverName }) }
}

const serverNameIn = (extensions: Reader): string | undefined => {
  let name: string | undefined
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    if (type !== SERVER_NAME) continue
    // Two names: one rule could look at the first, and the server at the second.
    if (name !== undefined) throw new Malformed()
    name = hostName(new Reader(content))
  }
  return name
}

const hostName = (extension: Reader): string => {
  const list = new Reader(extension.vector(2))
  if (list.number(1) !== HOST_NAME) throw new Malformed()
  const written = list.vector(2).toString('latin1')
  if (!list.isAtEnd || !extension.isAtEnd) throw new Malformed()
  // The same host, however it is written.
  const name = written.toLowerCase().replace(/\.$/, '')
  if (name.length > 253 || !/^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/.test(name)) throw new Malformed()
  return name
}

/** Reads from the front, and never past the end. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new Malformed()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  number(length: number): number {
    return this.bytes(length).readUIntBE(0, length)
  }

  /** Bytes after a length of so many bytes. */
  vector(lengthOfLength: number): Buffer {
    return this.bytes(this.number(lengthOfLength))
  }
}
