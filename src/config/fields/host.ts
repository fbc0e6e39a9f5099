import { isIPv4, isIPv6 } from 'node:net'

/** RFC 1123 §2.1: letters, digits and inner hyphens, at most 63 in a label. */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
/** Docker's and Consul's names have underscores, and resolvers pass them on. */
const LABEL_WITH_UNDERSCORES = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/
const LONGEST_NAME = 253

/** If the last label is a number, the resolver reads an old form of IPv4 address: `127.1`, `0x7f.1`. */
const NUMERIC = /^(?:\d+|0x[0-9a-f]*)$/i

/** Whether it is a host name of RFC 1123; one final dot, which stops search domains, is allowed. */
export const isHostName = (host: string): boolean => hasLabels(LABEL, host)

/** Whether it may be the host name of a server: underscores are allowed too. */
export const isServerName = (host: string): boolean => hasLabels(LABEL_WITH_UNDERSCORES, host)

const hasLabels = (label: RegExp, host: string): boolean => {
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  const labels = name.split('.')
  return name.length <= LONGEST_NAME && labels.every((one) => label.test(one)) && !NUMERIC.test(labels.at(-1) ?? '')
}

/** One spelling per host, so that two can be compared. An IPv4 address written in IPv6 (`::ffff:1.2.3.4`) becomes IPv4. */
export const canonicalHost = (host: string): string => {
  if (!isIPv6(host)) return host.toLowerCase().replace(/\.$/, '')
  const [address = '', zone] = host.split('%')
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short)
  if (mapped !== null) return ipv4Of(Number.parseInt(`${mapped[1]}`, 16), Number.parseInt(`${mapped[2]}`, 16))
  return zone === undefined ? short : `${short}%${zone}`
}

/** Whether it is `localhost` or a name below it (RFC 6761, 6.3). */
export const isLocalhost = (host: string): boolean => /(?:^|\.)localhost$/.test(canonicalHost(host))

/** 127.0.0.0/8 and ::1 (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), also as IPv4 in IPv6; and the name that stands for them. */
export const isLoopback = (host: string): boolean => {
  const canonical = canonicalHost(host)
  return canonical === 'localhost' || canonical === '::1' || (isIPv4(canonical) && canonical.startsWith('127.'))
}

const ipv4Of = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')
