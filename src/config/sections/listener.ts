/** The section of the config about a listener. */
import { parseAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'
import { accessKeys, type WithAccess } from './access.ts'
import { inspector } from './inspect.ts'
import { limitKeys } from './limits.ts'
import { acceptProxyProtocol } from './proxy-protocol.ts'
import { timeoutsSection } from './timeouts.ts'
import { unixSection } from './unix.ts'

const LISTEN_EXAMPLES = '127.0.0.1:8080, :8080 for every address, "[::1]:8080" in quotes, or unix:/run/copyloop.sock'
const LISTEN = `an address such as ${LISTEN_EXAMPLES}; or a list of addresses`
const listenAddress = () => field.address(parseAddress, `an address such as ${LISTEN_EXAMPLES}`, 'listen')

export const listenerSection = field
  .section({
    name: field
      .name('a name for the listener')
      .describe('The name of the listener in logs, metrics and the admin; unique.'),
    listen: field
      .either(
        [listenAddress(), field.listOf(listenAddress(), `an address such as ${LISTEN_EXAMPLES}`, 1)],
        LISTEN,
        field.notAddress(LISTEN, 'listen'),
      )
      .transform((listen) => (Array.isArray(listen) ? listen : [listen]))
      .describe(
        'The address or list of addresses that clients connect to; port 0 takes any free port, `unix:@name` is an abstract unix socket.',
      ),
    upstream: field.name('the name of one of the upstreams').describe('The upstream that its clients are relayed to.'),
    timeouts: timeoutsSection.prefault({}).describe('Time limits for its connections.'),
    ...limitKeys,
    ...accessKeys,
    acceptProxyProtocol,
    unix: unixSection
      .prefault({})
      .describe('Owner and permissions of the files of unix sockets that it listens on; an abstract one is no file.'),
    inspect: field
      .listOf(inspector, 'a list of inspectors, each with use', 0)
      .max(16, { error: () => 'the list has more than 16 inspectors; remove some' })
      .default([])
      .describe(
        'The inspectors of its bytes, in order: each sees what the one before it let through. See docs/inspectors.md.',
      ),
  })
  .transform((listener): typeof listener & WithAccess => listener)
