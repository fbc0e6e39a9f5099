/**
 * Checks the parts of a config against each other. It reads the config as written, so that it works even if other parts
 * are wrong, and skips whatever the schema reports by itself.
 */

import { AddressTable } from './collision.ts'
import { type Address, addressKey, formatAddress, parseAddress, parseServerAddress } from './fields/address.ts'
import { isName } from './fields/fields.ts'
import { isLoopback } from './fields/host.ts'
import { nearest } from './problems/nearest.ts'
import { type Finding, formatPath, type Path } from './problems/problem.ts'
import { show, someOf } from './problems/show.ts'
import { Unreadable } from './problems/unreadable.ts'
import { DEFAULT_ADMIN_ADDRESS } from './sections/admin.ts'
import { get, list } from './written.ts'

export const crossCheck = (written: unknown): Finding[] => {
  const listeners = list(written, 'listeners')
  const upstreams = list(written, 'upstreams')
  const admin = get(written, 'admin')
  return [
    ...duplicateNames('listeners', listeners),
    ...duplicateNames('upstreams', upstreams),
    ...missingUpstreams(listeners, get(written, 'upstreams')),
    ...adminForOthers(admin),
    ...collisions(admin, get(written, 'control'), listeners),
    ...duplicateServers(upstreams),
  ]
}

const finding = (path: Path, message: string, hint?: string): Finding => ({
  path,
  at: 'value',
  message,
  ...(hint === undefined ? {} : { hint }),
})

const duplicateNames = (kind: 'listeners' | 'upstreams', items: readonly unknown[]): Finding[] => {
  const firstAt = new Map<string, number>()
  return items.flatMap((item, index) => {
    const name = get(item, 'name')
    if (!isName(name)) return []
    const first = firstAt.get(name)
    if (first === undefined) firstAt.set(name, index)
    return first === undefined
      ? []
      : [finding([kind, index, 'name'], `${show(name)} is already the name of ${kind}[${first}]; write another`)]
  })
}

/** Bounds for guesses, which could take minutes: thousands of names would each be compared with thousands. */
const MOST_COMPARED = 200
const MOST_GUESSES = 50

const missingUpstreams = (listeners: readonly unknown[], upstreams: unknown): Finding[] => {
  if (!Array.isArray(upstreams)) return []
  const names = new Set(upstreams.map((upstream) => get(upstream, 'name')).filter(isName))
  const known = [...names].slice(0, MOST_COMPARED)
  let guesses = 0
  return listeners.flatMap((listener, index) => {
    const upstream = get(listener, 'upstream')
    if (!isName(upstream) || names.has(upstream)) return []
    const meant = ++guesses > MOST_GUESSES ? undefined : nearest(upstream, known)
    const others = known.length === 0 ? 'add it to upstreams' : `write one of: ${someOf([...names], 10)}`
    const hint = meant === undefined ? others : `did you mean ${show(meant)}?`
    return [finding(['listeners', index, 'upstream'], `no upstream is named ${show(upstream)}`, hint)]
  })
}

/** The address of the admin, and where it is written. */
const adminListen = (admin: unknown): { path: Path; text: unknown; address: Address | undefined } => {
  const isShort = typeof admin === 'string'
  const text = isShort ? admin : (get(admin, 'listen') ?? DEFAULT_ADMIN_ADDRESS)
  return { path: isShort ? ['admin'] : ['admin', 'listen'], text, address: readable(parseAddress, text) }
}

/** The admin of a unix socket is for those who may connect to it. */
const adminForOthers = (admin: unknown): Finding[] => {
  const { path, text, address } = adminListen(admin)
  if (address?.kind !== 'tcp' || isLoopback(address.host) || get(admin, 'tokenFile') !== undefined) return []
  const message = `${show(text)} can be reached by others, so the admin needs a token there`
  return [finding(path, `${message}; set admin.tokenFile, or write 127.0.0.1:${address.port}`)]
}

const collisions = (admin: unknown, control: unknown, listeners: readonly unknown[]): Finding[] => {
  const taken = new AddressTable()
  const { address: adminAddress } = adminListen(admin)
  if (adminAddress !== undefined) taken.take(adminAddress, `admin.listen (${formatAddress(adminAddress)})`)
  const controlAddress = control === 'off' ? undefined : readable(parseAddress, control)
  const atControl = controlAddress && taken.take(controlAddress, `control (${formatAddress(controlAddress)})`)
  const ofControl = atControl ? [collision(['control'], control, atControl)] : []
  const ofListeners = listeners.flatMap((listener, index) =>
    listens(listener, ['listeners', index, 'listen']).flatMap(({ path, text }) => {
      const address = readable(parseAddress, text)
      if (address === undefined) return []
      const other = taken.take(address, `${called(listener, index)} (${formatAddress(address)})`)
      return other === undefined ? [] : [collision(path, text, other)]
    }),
  )
  return [...ofControl, ...ofListeners]
}

const collision = (path: Path, text: unknown, other: string): Finding =>
  finding(path, `${show(text)} collides with ${other}; write another address`)

const called = (listener: unknown, index: number): string => {
  const name = get(listener, 'name')
  return isName(name) ? `listener ${show(name)}` : `listeners[${index}]`
}

const listens = (listener: unknown, path: Path): { path: Path; text: unknown }[] => {
  const listen = get(listener, 'listen')
  return Array.isArray(listen)
    ? listen.map((text, index) => ({ path: [...path, index], text }))
    : [{ path, text: listen }]
}

/** Statistics are kept by upstream and address, so an address may occur only once in an upstream. */
const duplicateServers = (upstreams: readonly unknown[]): Finding[] =>
  upstreams.flatMap((upstream, index) => {
    const firstAt = new Map<string, string>()
    return serverAddresses(upstream).flatMap(({ path, text }) => {
      const address = readable(parseServerAddress, text)
      if (address === undefined) return []
      const key = addressKey(address)
      const first = firstAt.get(key)
      if (first === undefined) firstAt.set(key, formatPath(path.slice(0, 2)))
      return first === undefined
        ? []
        : [finding(['upstreams', index, ...path], `${show(text)} is the address of ${first} already; remove one`)]
    })
  })

/** Where in its upstream each is written. */
const serverAddresses = (upstream: unknown): { path: Path; text: unknown }[] => [
  ...list(upstream, 'servers').map((server, place) =>
    typeof server === 'string'
      ? { path: ['servers', place], text: server }
      : { path: ['servers', place, 'address'], text: get(server, 'address') },
  ),
  { path: ['discover', 'dns'], text: get(get(upstream, 'discover'), 'dns') },
]

const readable = (parse: (text: string) => Address, text: unknown): Address | undefined => {
  if (typeof text !== 'string') return undefined
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}
