/** The header as a line of text (PP §2.1): `PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n`. */
import type { Endpoint } from './endpoint.ts'
import { type HeaderFinding, more, type ProxyHeader, wrong } from './header.ts'
import { beginsIpv4, beginsIpv6, ipv4Bytes, ipv6Bytes, isIpv4, isIpv6 } from './ip-text.ts'

/** PP §2.1: with its CRLF. */
export const LONGEST_LINE = 107

export const FIRST_OF_LINE = 'P'.charCodeAt(0)

/** A field of the line. `begins`: whether something may follow that makes it right. */
interface Field {
  readonly is: string
  begins(text: string): boolean
  isRight(text: string): boolean
}

/** One of a few words. */
const oneOf = (...words: readonly string[]) => ({
  begins: (text: string) => words.some((word) => word.startsWith(text)),
  isRight: (text: string) => words.includes(text),
})

const IPV4 = { begins: beginsIpv4, isRight: isIpv4 }
const IPV6 = { begins: beginsIpv6, isRight: isIpv6 }

const isPort = (text: string): boolean => /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
const PORT = { begins: (text: string) => text === '' || isPort(text), isRight: isPort }

const START: readonly Field[] = [
  { is: 'PROXY', ...oneOf('PROXY') },
  { is: 'TCP4, TCP6 or UNKNOWN', ...oneOf('TCP4', 'TCP6', 'UNKNOWN') },
]

const lineOf = (family: string, address: Omit<Field, 'is'>): readonly Field[] => [
  ...START,
  { is: `an ${family} source address`, ...address },
  { is: `an ${family} destination address`, ...address },
  { is: 'a source port', ...PORT },
  { is: 'a destination port', ...PORT },
]

const TCP4 = lineOf('IPv4', IPV4)
const TCP6 = lineOf('IPv6', IPV6)

/** Fails at the first byte after which no header can come of it. */
export const findVersion1 = (bytes: Buffer): HeaderFinding => {
  const text = bytes.toString('latin1', 0, LONGEST_LINE)
  const length = text.search(/[\r\n]/)
  const line = length < 0 ? text : text.slice(0, length)
  const words = line.split(' ')
  const mistake = mistakeIn(words, length >= 0)
  if (mistake !== undefined) return wrong(mistake)
  const ending = text.slice(line.length, line.length + 2)
  if (ending === '\r\n') return { is: 'header', header: headerOf(words, line.length + 2) }
  if (ending !== '' && ending !== '\r') return wrong('its line does not end with CRLF')
  if (text.length === LONGEST_LINE) return wrong(`its line has no CRLF within ${LONGEST_LINE} bytes`)
  return more(text.length + 1)
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']

/** @param isWhole no more words or letters follow */
const mistakeIn = (words: readonly string[], isWhole: boolean): string | undefined => {
  const expected = words[1] === 'TCP6' ? TCP6 : TCP4
  for (const [index, word] of words.entries()) {
    const known = expected[index]
    if (known === undefined) return 'its line goes on after the destination port'
    const isDone = isWhole || index < words.length - 1
    if (!(isDone ? known.isRight(word) : known.begins(word)))
      return index === 0 ? 'it does not begin with a v1 header' : `its ${ORDINALS[index]} field is not ${known.is}`
    // Whatever follows is to be ignored.
    if (isDone && word === 'UNKNOWN') return undefined
  }
  return isWhole && words.length < expected.length ? 'its line ends too early' : undefined
}

const headerOf = ([, protocol, ...words]: readonly string[], length: number): ProxyHeader => {
  const base = { length, version: 'v1', command: 'PROXY', tlvs: [] } as const
  if (protocol === 'UNKNOWN') return base
  const [source = '', destination = '', sourcePort, destinationPort] = words
  const end = (address: string, port: string | undefined): Endpoint =>
    protocol === 'TCP4'
      ? { family: 'ipv4', address: ipv4Bytes(address), port: Number(port) }
      : { family: 'ipv6', address: ipv6Bytes(address), port: Number(port) }
  return { ...base, endpoints: { source: end(source, sourcePort), destination: end(destination, destinationPort) } }
}
