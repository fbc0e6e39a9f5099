/**
 * Where a socket listens or connects to.
 *
 * `host` is an IP address or a host name without brackets; the empty string (written `:8080`) means every address
 * of this machine, IPv6 and IPv4 on one socket.
 */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** As it is written in a config and shown in logs: `127.0.0.1:80`, `[::1]:80`, `:80`, `unix:/run/app.sock`. */
export const formatAddress = (address: Address): string => {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
