/** The section of the config about an upstream. */
import { parseServerAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'
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

export const upstreamSection = field.section({
  name: field
    .name('a name for the upstream')
    .describe('The name of the upstream in listeners, logs and metrics; unique.'),
  balance: field.choice(BALANCES).default('roundRobin').describe('How a server is chosen for each connection.'),
  servers: field
    .listOf(server, 'a list of servers, such as - 127.0.0.1:9000', 0)
    .describe('Its servers, each an address or a mapping; if there are none, connections end with outcome `noServer`.'),
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
