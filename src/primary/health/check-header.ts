import type { Socket } from 'node:net'
import type { UpstreamConfig } from '../../config/schema.ts'

/** proxy-protocol.txt §2.2: the signature, LOCAL in version 2, no family, no addresses. */
const LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')

/**
 * What a server with `sendProxyProtocol` gets first of a check: the connection is our own. v1 has no word for that, and
 * servers may refuse `UNKNOWN`, so it names the connection's real ends (proxy-protocol.txt §2.1).
 */
export const checkHeader = (version: UpstreamConfig['sendProxyProtocol'], socket: Socket): Uint8Array | undefined => {
  if (version === 'off') return undefined
  if (version === 'v2') return LOCAL
  const { localAddress = '', localPort, remoteAddress = '', remoteFamily, remotePort } = socket
  if (remoteFamily === undefined) return Buffer.from('PROXY UNKNOWN\r\n')
  const protocol = remoteFamily === 'IPv6' ? 'TCP6' : 'TCP4'
  const [source, destination] = [localAddress, remoteAddress].map((address) => address.replace(/%.*/, ''))
  return Buffer.from(`PROXY ${protocol} ${source} ${destination} ${localPort} ${remotePort}\r\n`)
}
