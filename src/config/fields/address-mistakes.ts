/** Common mistakes in addresses, and what to write instead. */
import { isIPv4, isIPv6 } from 'node:net'
import { show } from '../problems/show.ts'
import { isServerName } from './host.ts'

/** Whether copyloop listens on the address or connects to it. */
export type AddressUse = 'listen' | 'connect'

export const EXAMPLE: Readonly<Record<AddressUse, string>> = { listen: '127.0.0.1:8080', connect: '127.0.0.1:9000' }

/** The message about a known mistake, or undefined. */
export const addressMistake = (text: string, use: AddressUse): string | undefined => {
  const shown = show(text)
  if (text.includes('://'))
    return `${shown} is a URL; write only its host and port, such as ${hostOfUrl(text) ?? EXAMPLE[use]}`
  if (text.includes(',')) return `${shown} contains several addresses; write them as a list: ${listOf(text)}`
  if (text.startsWith('/')) return `${shown} is a path; for a unix socket, write unix:${text}`
  if (/\s/.test(text)) return `${shown} contains a space; remove the space, or write several addresses as a list`
  if (isIPv6(text) || /^[^[].*:.*:/.test(text)) {
    return `${shown} has no brackets around its IPv6 address; write it as ${inBrackets(text, use)}, in quotes`
  }
  if (/^\d+$/.test(text)) return onlyPort(text, use)
  if (text !== '' && (isIPv4(text) || isServerName(text)))
    return `${shown} has no port; write for instance ${text}:${portOf(EXAMPLE[use])}`
  const [, starPort] = /^\*:(\d+)$/.exec(text) ?? []
  return starPort === undefined ? undefined : starSentence(starPort, use, shown)
}

/** For a port without a host, which YAML reads as a number. */
export const onlyPort = (port: number | string, use: AddressUse): string =>
  use === 'listen'
    ? `${port} is only a port; write :${port} for every address, or 127.0.0.1:${port}`
    : `${port} is only a port; write the server's host too, such as 127.0.0.1:${port}`

/** For `*:80`, which means every address in other proxies. */
export const starSentence = (port: string, use: AddressUse, shown: string): string =>
  use === 'listen'
    ? `${shown} has * as its host; write :${port} for every address`
    : `${shown} has no host to connect to; write for instance 127.0.0.1:${port}`

const hostOfUrl = (url: string): string | undefined => /:\/\/([^/?#@,\s]+:\d+)/.exec(url)?.[1]

const listOf = (text: string): string => {
  const parts = text.split(',').map((part) => part.trim())
  const first = parts.filter((part) => part !== '').slice(0, MOST_SHOWN)
  return `[${first.map(show).join(', ')}${parts.length > MOST_SHOWN ? ', …' : ''}]`
}

const MOST_SHOWN = 3

/** `::1:80` is ambiguous; an address that is complete as it stands has no port. */
const inBrackets = (text: string, use: AddressUse): string => {
  if (isIPv6(text) && !/:\d{2,5}$/.test(text)) return `[${text}]:${portOf(EXAMPLE[use])}`
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? []
  return isIPv6(host) ? `[${host}]:${port}` : `[::1]:${portOf(EXAMPLE[use])}`
}

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1)
