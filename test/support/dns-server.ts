import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** RFC 1035, 4.1.1: a response, recursion available, no error. */
const RESPONSE = 0x8180
const TYPE_A = 1
const HEADER_BYTES = 12

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

/** A DNS server that has 127.0.0.1 for every name, and nothing at all to say of those that begin with `silent`. */
const answerTo = (message: Buffer): Buffer | undefined => {
  const { name, type, end } = questionIn(message)
  if (name.startsWith('silent')) return undefined
  const answer = Buffer.from(message.subarray(0, end))
  answer.writeUInt16BE(RESPONSE, 2)
  // No authority, nothing additional (such as the EDNS of the question).
  answer.fill(0, 6, HEADER_BYTES)
  if (type !== TYPE_A) return answer
  answer.writeUInt16BE(1, 6)
  // RFC 1035, 4.1.3 and 4.1.4: the name at 12, type A, class IN, a TTL of 0 s, four bytes.
  return Buffer.concat([answer, Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1])])
}

/** Serves on an address's port 53, the only one that resolv.conf(5) can mean; undefined where that is not allowed. */
export const openDnsServer = async (address: string): Promise<Socket | undefined> => {
  const server = createSocket('udp4')
  server.on('message', (message, { port, address: client }) => {
    const answer = answerTo(message)
    if (answer) server.send(answer, port, client)
  })
  try {
    await once(server.bind(53, address), 'listening')
    return server
  } catch {
    server.close()
    return undefined
  }
}
