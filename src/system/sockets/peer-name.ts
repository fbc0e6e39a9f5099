/** The other end of a connection: an IPv4 address and port as one number of 48 bits, all else as text. */
export type PeerKey = string | number

/** `192.0.2.1:4711`, `[2001:db8::1]:4711`, `unix:/run/client.sock`, `unix:@abstract`, `unix:` */
export const peerName = (peer: PeerKey): string => {
  if (typeof peer === 'string') return peer
  const port = peer % 65_536
  const address = (peer - port) / 65_536
  return `${Math.floor(address / 16_777_216)}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}:${port}`
}
