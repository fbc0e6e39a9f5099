import { isIPv4, isIPv6 } from 'node:net'
import { normalize } from 'node:path'
import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'
import { type AddressUse, addressMistake, EXAMPLE } from './address-mistakes.ts'
import { canonicalHost, isHostName, isServerName } from './host.ts'

/**
 * Where a socket listens or connects to.
 *
 * `host` is an IP address or a host name without brackets; the empty string (written `:8080`) means every address
 * of this machine, IPv6 and IPv4 on one socket.
 */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** A unix socket with an abstract name, which is no file (unix(7)): its path is `@` and the name. */
export const isAbstract = (address: Address): boolean => address.kind === 'unix' && address.path.startsWith('@')

/** The path as Node and the kernel take it: an abstract name begins with a NUL. */
export const systemPath = (path: string): string => (path.startsWith('@') ? `\0${path.slice(1)}` : path)

/** As written in a config and shown in logs: `127.0.0.1:80`, `[::1]:80`, `:80`, `unix:/run/app.sock`, `unix:@app`. */
export const formatAddress = (address: Address): string => {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** The same text for every spelling of an address: capital letters, a final dot, forms of IPv6, `//` in a path. */
export const addressKey = (address: Address): string =>
  address.kind === 'unix'
    ? formatAddress({ ...address, path: isAbstract(address) ? address.path : normalize(address.path) })
    : formatAddress({ ...address, host: canonicalHost(address.host) })

/** `sun_path` holds 108 bytes, the last of them 0 (unix(7)). */
const LONGEST_PATH_BYTES = 107

/** For the JSON Schema: every address matches, and most other texts do not. */
export const ADDRESS_PATTERN = String.raw`^(?:unix:[/@][^\u0000-\u001f\u007f]*|(?:\[[^\]\s]+\]|[A-Za-z0-9._-]*):\d{1,5})$`

/**
 * Where to listen. Port 0 means any free port.
 *
 * @throws {Unreadable} if it is not an address
 */
export const parseAddress = (text: string): Address => parse(text, 'listen')

/**
 * Where to connect to: a host and a port other than 0, or a unix socket. Host names may have underscores.
 *
 * @throws {Unreadable} if it is not such an address
 */
export const parseServerAddress = (text: string): Address => {
  const address = parse(text, 'connect')
  if (address.kind === 'unix') return address
  if (address.host === '') {
    throw new Unreadable(`${show(text)} has no host to connect to; write for instance 127.0.0.1:${address.port}`)
  }
  if (address.port === 0) throw new Unreadable(`${show(text)} has port 0; write the port that the server listens on`)
  return address
}

const parse = (text: string, use: AddressUse): Address => {
  if (text.startsWith('unix:')) return parsePath(text)
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text) ?? []
  const mistake = addressMistake(text, use)
  if (portText === undefined || mistake !== undefined) {
    throw new Unreadable(
      mistake ?? `${show(text)} is not an address; write host:port, such as ${EXAMPLE[use]}, or unix:/path`,
    )
  }
  const port = parsePort(text, portText)
  const host = bracketed ?? plain ?? ''
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw new Unreadable(`${show(text)} has no IPv6 address in its brackets; write for instance [::1]:${port}`)
  }
  const isName = use === 'listen' ? isHostName(host) : isServerName(host)
  if (bracketed === undefined && host !== '' && !isIPv4(host) && !isName) {
    throw new Unreadable(`${show(host)} is neither an IP address nor a host name; write for instance 127.0.0.1:${port}`)
  }
  return { kind: 'tcp', host, port }
}

const parsePort = (text: string, portText: string): number => {
  const port = /^(?:0|[1-9]\d{0,4})$/.test(portText) ? Number(portText) : Number.NaN
  if (port <= 65535) return port
  if (portText === '') throw new Unreadable(`${show(text)} has no port; write for instance ${text}8080`)
  throw new Unreadable(`${show(portText)} is not a port; write a number from 1 to 65535`)
}

const parsePath = (text: string): Address => {
  const path = text.slice('unix:'.length)
  const bytes = Buffer.byteLength(path)
  if (!path.startsWith('/') && !/^@./.test(path)) {
    throw new Unreadable(
      `${show(text)} has no absolute path; write for instance unix:/run/copyloop.sock, or unix:@copyloop for an abstract name`,
    )
  }
  if (bytes > LONGEST_PATH_BYTES) {
    throw new Unreadable(`${show(text)} has a path of ${bytes} bytes; write one of at most ${LONGEST_PATH_BYTES}`)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused; a NUL would cut the path short.
  if (/[\x00-\x1f\x7f]/.test(path)) throw new Unreadable(`${show(text)} has a control character in its path; remove it`)
  return { kind: 'unix', path }
}
