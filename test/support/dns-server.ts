import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'

/** RFC 1035, 4.1.1: a response, recursion available. The last four bits are its code. */
const RESPONSE = 0x8180
const SERVFAIL = 2
const NXDOMAIN = 3
/** RFC 1035, 3.2.2, RFC 3596 and RFC 2782. */
const TYPES = { A: 1, AAAA: 28, SRV: 33 } as const
const HEADER_BYTES = 12

interface Service {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** What the server has for a name. A name with addresses of one family has an empty answer for the other. */
export interface Zone {
  readonly addresses?: readonly string[]
  readonly services?: readonly Service[]
  /** Seconds; 0 unless given. */
  readonly ttl?: number
  /** Questions of this type get SERVFAIL. */
  readonly fails?: 'A' | 'AAAA'
}

/** No answer at all, the error SERVFAIL, or no record of any type. */
export type Trouble = 'silent' | 'servfail' | 'empty'

/** The name of the one question, and where the question ends: RFC 1035, 4.1.2. */
const questionIn = (message: Buffer): { name: string; type: number; end: number } => {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

/** RFC 1035, 3.1: labels, each after its length. */
const nameBytes = (name: string): Buffer =>
  Buffer.concat(
    [...name.split('.').filter(Boolean), ''].map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
  )

/** `fd00::1` as 16 bytes. */
const ipv6Bytes = (address: string): Buffer => {
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter(Boolean)
  const zeros = Array(8 - groups(head).length - groups(tail).length).fill('0')
  const all = [...groups(head), ...zeros, ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

const dataFor = ({ addresses = [], services = [] }: Zone, type: number): Buffer[] => {
  if (type === TYPES.A)
    return addresses.filter((address) => isIPv4(address)).map((address) => Buffer.from(address.split('.').map(Number)))
  if (type === TYPES.AAAA) return addresses.filter((address) => !isIPv4(address)).map(ipv6Bytes)
  if (type !== TYPES.SRV) return []
  return services.map(({ priority, weight, port, target }) => {
    const numbers = Buffer.alloc(6)
    for (const [index, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(number, index * 2)
    return Buffer.concat([numbers, nameBytes(target)])
  })
}

/** RFC 1035, 4.1.3 and 4.1.4: the name is that at byte 12. */
const recordOf = (type: number, ttl: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc000 + HEADER_BYTES, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

/** A DNS server over UDP whose answers a test changes as it likes. */
export class DnsServer {
  readonly #socket: Socket
  readonly #zones = new Map<string, Zone | Trouble>()
  readonly #asked = new Map<string, number>()

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (message, { port, address }) => {
      const answer = this.#answerTo(message)
      if (answer) socket.send(answer, port, address)
    })
  }

  /** From now on it has this for the name. Other names do not exist. */
  set(name: string, zone: Zone | Trouble): void {
    this.#zones.set(name, zone)
  }

  remove(name: string): void {
    this.#zones.delete(name)
  }

  /** How often it was asked for the addresses of a name, or its services, so far. */
  timesAsked(name: string, type: keyof typeof TYPES = 'A'): number {
    return this.#asked.get(`${name} ${TYPES[type]}`) ?? 0
  }

  close(): void {
    this.#socket.close()
  }

  #answerTo(message: Buffer): Buffer | undefined {
    const { name, type, end } = questionIn(message)
    const key = `${name} ${type}`
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1)
    const zone = this.#zones.get(name)
    if (zone === 'silent') return undefined
    const answer = Buffer.from(message.subarray(0, end))
    // No authority, nothing additional (such as the EDNS of the question).
    answer.fill(0, 6, HEADER_BYTES)
    const isFailing = zone === 'servfail' || (typeof zone === 'object' && zone.fails && TYPES[zone.fails] === type)
    answer.writeUInt16BE(RESPONSE + (isFailing ? SERVFAIL : zone === undefined ? NXDOMAIN : 0), 2)
    if (isFailing || typeof zone !== 'object') return answer
    const records = dataFor(zone, type).map((data) => recordOf(type, zone.ttl ?? 0, data))
    answer.writeUInt16BE(records.length, 6)
    return Buffer.concat([answer, ...records])
  }
}

/** Serves on an address's port 53, the only one that resolv.conf(5) can mean; undefined where that is not allowed. */
export const openDnsServer = async (address: string): Promise<DnsServer | undefined> => {
  const socket = createSocket('udp4')
  try {
    await once(socket.bind(53, address), 'listening')
    return new DnsServer(socket)
  } catch {
    socket.close()
    return undefined
  }
}
