import { findClientHello } from '../../../proxy/admit/client-hello.ts'
import { beginsWith, type Finding, more, NO, type Recognizer, yes } from './finding.ts'

const LONGEST_LINE = 8 * 1024

const tls: Recognizer = (bytes) => {
  const hello = findClientHello(bytes)
  return hello.is === 'yes' ? { ...hello, protocol: 'tls' } : hello
}

/** RFC 9112 §3: method, target, version. A line that ends with LF alone is one too (§2.2). */
const http1: Recognizer = (bytes) => {
  const end = bytes.indexOf('\n')
  const line = bytes.toString('latin1', 0, end < 0 ? Math.min(bytes.length, LONGEST_LINE) : end)
  if (end < 0) {
    // The method is a token, and a target has no control characters.
    if (bytes.length > LONGEST_LINE || !/^[A-Z][A-Z-]{0,31}(?: [!-~]*(?: [HTP/.01]*\r?)?)?$/.test(line)) return NO
    return more(bytes.length + 1)
  }
  return /^[A-Z][A-Z-]{0,31} [!-~]+ HTTP\/1\.[01]\r?$/.test(line) ? yes('http1') : NO
}

/** PostgreSQL's frontend/backend protocol, «Message Formats»: SSLRequest, CancelRequest, GSSENCRequest, StartupMessage. */
const REQUESTS: ReadonlyMap<number, number> = new Map([
  [80877103, 8],
  [80877102, 16],
  [80877104, 8],
])
const LONGEST_STARTUP = 10_000

const postgresql: Recognizer = (bytes) => {
  if (bytes.length > 0 && bytes[0] !== 0) return NO
  if (bytes.length < 8) return bytes.length >= 2 && bytes[1] !== 0 ? NO : more(8)
  const length = bytes.readUInt32BE(0)
  const code = bytes.readUInt32BE(4)
  const wanted = REQUESTS.get(code)
  if (wanted !== undefined) return length === wanted ? yes('postgresql') : NO
  // Version 3.x, then pairs of texts, each with a 0 at its end, and a 0 after the last.
  if (code >>> 16 !== 3 || length < 9 || length > LONGEST_STARTUP) return NO
  if (bytes.length < length) return more(length)
  const pairs = bytes.toString('latin1', 8, length)
  return /^(?:[^\0]+\0[^\0]*\0)+\0$/.test(pairs) && pairs.includes('user\0') ? yes('postgresql') : NO
}

/** RESP: an array of bulk strings, the first of which is a command. */
const redis: Recognizer = (bytes) => {
  const text = bytes.toString('latin1', 0, 64)
  if (/^\*[1-9]\d{0,6}\r\n\$[1-9]\d?\r\n[A-Za-z.]+/.test(text)) return yes('redis')
  const could = /^\*(?:[1-9]\d{0,6}(?:\r(?:\n(?:\$(?:[1-9]\d?(?:\r\n?)?)?)?)?)?)?$/.test(text)
  return could && text.length < 64 ? more(bytes.length + 1) : NO
}

/** MQTT 3.1 to 5, CONNECT: a length of one to four bytes, the protocol's name, and its level. */
const mqtt: Recognizer = (bytes) => {
  if (bytes.length > 0 && bytes[0] !== 0x10) return NO
  let at = 1
  while (at < 5 && ((bytes[at] ?? 0) & 0x80) !== 0) at += 1
  if (at === 5) return NO
  const rest = bytes.toString('latin1', at + 1, at + 1 + 9)
  for (const [name, levels] of MQTT_NAMES) {
    if (rest.startsWith(name)) {
      const level = rest.charCodeAt(name.length)
      if (!Number.isNaN(level)) return levels.includes(level) ? yes('mqtt') : NO
    }
    if (name.startsWith(rest.slice(0, name.length))) return more(bytes.length + 1)
  }
  return NO
}
const MQTT_NAMES: readonly (readonly [string, readonly number[]])[] = [
  ['\0\x04MQTT', [4, 5, 0x84]],
  ['\0\x06MQIsdp', [3, 0x83]],
]

/** RFC 5321 §4.1.1.1: the client's greeting. */
const smtpClient: Recognizer = (bytes) => {
  const line = bytes.toString('latin1', 0, 5).toUpperCase()
  const known = ['EHLO ', 'HELO ', 'LHLO ']
  if (known.includes(line)) return yes('smtp')
  return known.some((greeting) => greeting.startsWith(line)) ? more(bytes.length + 1) : NO
}

/** RFC 5321 §3.1: 220 and a text. FTP greets so as well: it is SMTP if it says so, else the client's greeting will tell. */
const smtpServer: Recognizer = (bytes) => {
  const end = bytes.indexOf('\n')
  const line = bytes.toString('latin1', 0, end < 0 ? LONGEST_LINE : end)
  if (!/^2(?:2(?:0(?:[ -][\t -\xff]*\r?)?)?)?$/.test(line) || bytes.length > LONGEST_LINE) return NO
  return end >= 0 && /\bE?SMTP\b/i.test(line) ? yes('smtp') : more(bytes.length + 1)
}

/** The server's greeting (HandshakeV10): a packet of some length, number 0, version 10, a version's text, and more. */
const mysql: Recognizer = (bytes) => {
  if (bytes.length < 5) return bytes.length >= 3 && bytes[2] !== 0 ? NO : more(5)
  const length = bytes.readUIntLE(0, 3)
  if (length < 30 || length > 1024 || bytes[3] !== 0 || bytes[4] !== 10) return NO
  if (bytes.length < 4 + length) return more(4 + length)
  // The version, a thread's number, eight bytes of salt, and a filler that is 0.
  const end = bytes.indexOf(0, 5)
  const version = bytes.toString('latin1', 5, end)
  return end > 5 && end + 13 < 4 + length && /^[!-~ ]{1,100}$/.test(version) && bytes[end + 13] === 0
    ? yes('mysql')
    : NO
}

/** RFC 4253 §4.2; either side may be first. */
const ssh: Recognizer = (bytes) => anyOf([beginsWith('ssh', 'SSH-2.0-'), beginsWith('ssh', 'SSH-1.99-')], bytes)

/** RFC 9113 §3.4. */
const http2 = beginsWith('http2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const BY_CLIENT: readonly Recognizer[] = [tls, http2, http1, ssh, postgresql, redis, mqtt, smtpClient]
const BY_SERVER: readonly Recognizer[] = [ssh, mysql, smtpServer]

/** `yes` if one says so, else `more` while one still could. */
const anyOf = (recognizers: readonly Recognizer[], bytes: Buffer): Finding => {
  let atLeast = Number.POSITIVE_INFINITY
  for (const recognize of recognizers) {
    const finding = recognize(bytes)
    if (finding.is === 'yes') return finding
    if (finding.is === 'more') atLeast = Math.min(atLeast, finding.atLeast)
  }
  return atLeast === Number.POSITIVE_INFINITY ? NO : more(atLeast)
}

export const recognizeClient: Recognizer = (bytes) => anyOf(BY_CLIENT, bytes)
export const recognizeServer: Recognizer = (bytes) => anyOf(BY_SERVER, bytes)
