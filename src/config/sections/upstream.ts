/** The section of the config about an upstream. */
import { z } from 'zod'
import { parseServerAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'
import { discoverSection } from './discover.ts'
import { ejectionSection, healthSection } from './health.ts'
import { sendProxyProtocol } from './proxy-protocol.ts'

const BALANCES = ['roundRobin'] as const

const SERVER_EXAMPLES = '127.0.0.1:9000, app.internal:9000, "[::1]:9000" in quotes, or unix:/run/app.sock'
const SERVER = `an address such as ${SERVER_EXAMPLES}; or a mapping with the key address`
const serverAddress = () => field.address(parseServerAddress, `an address such as ${SERVER_EXAMPLES}`, 'connect')

const server = field
  .either(
    [serverAddress(), field.section({ address: serverAddress().describe('The address that the server listens on.') })],
    SERVER,
    field.notAddress(SERVER, 'connect'),
  )
  .transform((written) => ('address' in written ? written : { address: written }))

const SERVERS = 'a list of servers, such as - 127.0.0.1:9000'

export const upstreamSection = field
  .section({
    name: field
      .name('a name for the upstream')
      .describe('The name of the upstream in listeners, logs and metrics; unique.'),
    balance: field.choice(BALANCES).default('roundRobin').describe('How a server is chosen for each connection.'),
    servers: z
      .exactOptional(field.listOf(server, SERVERS, 0))
      .describe(
        'Its servers, each an address or a mapping; each address of a name is a server of its own. If there are none, ' +
          'connections end with outcome `noServer`. May be left out if there is `discover`.',
      ),
    discover: discoverSection.prefault('off').describe('Where further servers are found, or `off`. See docs/names.md.'),
    health: healthSection,
    ejection: ejectionSection,
    onServerDown: field
      .choice(['keep', 'close'])
      .default('keep')
      .describe(
        'What happens to the living connections of a server that becomes `down` or `maintenance`: with `close` they are reset.',
      ),
    sendProxyProtocol,
  })
  .superRefine(({ servers, discover }, context) => {
    if (servers !== undefined || discover !== 'off') return
    context.addIssue({ code: 'custom', path: ['servers'], message: `"servers" is missing; write ${SERVERS}` })
  })
  .transform(({ servers = [], ...rest }) => ({ ...rest, servers }))
