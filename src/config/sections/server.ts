/** The section of the config about a server of an upstream. */
import { parseServerAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'

const EXAMPLES = '127.0.0.1:9000, app.internal:9000, "[::1]:9000" in quotes, or unix:/run/app.sock'
const SERVER = `an address such as ${EXAMPLES}; or a mapping with the key address`
const address = () => field.address(parseServerAddress, `an address such as ${EXAMPLES}`, 'connect')

const server = field.section({
  address: address().describe('The address that the server listens on; `unix:@name` is an abstract unix socket.'),
  weight: field
    .count(0, 256)
    .default(1)
    .describe('Its share of new connections, beside the weights of the others; with 0 it gets none.'),
  backup: field
    .flag()
    .default(false)
    .describe(
      'Whether it gets connections only while no other server is in rotation; full servers do not count as down.',
    ),
  maxConnections: field
    .countOrOff(1, 1_000_000)
    .prefault('off')
    .describe(
      'The number of connections that it may have at once, over all workers; further clients go to other servers.',
    ),
})

/** An address, or a mapping. */
export const serverSection = field
  .either([address(), server], SERVER, field.notAddress(SERVER, 'connect'))
  .transform((written) =>
    'address' in written
      ? written
      : { address: written, weight: 1, backup: false, maxConnections: Number.POSITIVE_INFINITY },
  )
