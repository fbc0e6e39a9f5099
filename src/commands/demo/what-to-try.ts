import { type Address, formatAddress } from '../../config/fields/address.ts'
import type { RunningProxy } from '../../primary/primary.ts'

/**
 * What the demo prints when it serves.
 *
 * @param servers addresses
 * @param isQuiet it makes no traffic of its own
 */
export const whatToTry = (
  { listeners, admin, workers }: RunningProxy,
  servers: readonly string[],
  isQuiet: boolean,
): string => {
  const proxies = listeners.map(({ address }) => formatAddress(address)).join(', ')
  const relaying = workers === 1 ? '1 worker relays' : `${workers} workers relay`
  return [
    '',
    `copyloop demo${admin ? `: the dashboard is on ${urlOf(admin)}` : ''}`,
    '',
    `  ${relaying} ${proxies} to small HTTP servers on ${servers.join(' and ')}`,
    ...(admin && !isQuiet
      ? ['  while the dashboard is open, a few clients make gentle traffic; --quiet turns that off']
      : []),
    '',
    ...listeners.map(({ address }) => `  ${curl(address, '/')}    # goes through the proxy`),
    ...(admin ? [`  ${curl(admin, '/stats')}    # what was counted`] : []),
    '  ^C drains and stops',
    '',
    '',
  ].join('\n')
}

/** A command line to copy and run. */
const curl = (address: Address, path: string): string =>
  address.kind === 'unix'
    ? `curl --unix-socket '${address.path}' http://localhost${path}`
    : `curl ${urlOf(address, path)}`

const urlOf = (address: Address, path = '/'): string => {
  if (address.kind === 'unix') return formatAddress(address)
  const everywhere = ['', '0.0.0.0', '::'].includes(address.host)
  return `http://${formatAddress(everywhere ? { ...address, host: 'localhost' } : address)}${path}`
}
