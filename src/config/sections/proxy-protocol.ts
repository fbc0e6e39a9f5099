/** The keys of the config about the PROXY protocol. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { network } from '../fields/network.ts'
import { NETWORK_EXAMPLES } from '../networks/network.ts'

const ACCEPTED = ['v1', 'v2', 'any'] as const
export type AcceptedVersion = (typeof ACCEPTED)[number]

const trusted = field.listOf(network(), `a list of networks, such as ${NETWORK_EXAMPLES}`, 0)

const mapping = field.section({
  version: field.choice(ACCEPTED).default('any').describe('The version that is accepted; `any` is both.'),
  trusted: z
    .exactOptional(trusted)
    .describe(
      'The networks whose peers may connect, each an address or CIDR; all others end with outcome `badProxyHeader`, ' +
        'whatever they send. Without it every peer may connect. No list has a peer on a unix socket.',
    ),
})

export const acceptProxyProtocol = field
  .either([field.choice(['off', ...ACCEPTED]), mapping], 'off, v1, v2 or any, or a mapping of version and trusted')
  .transform((written) => (typeof written === 'object' || written === 'off' ? written : { version: written }))
  .prefault('off')
  .describe(
    'Whether its clients are behind a proxy, and so begin with a PROXY header: `off`, or the version that is accepted. ' +
      'Then the client is whom the header names, in logs, access lists and limits per client. See docs/proxy-protocol.md.',
  )

export const sendProxyProtocol = field
  .choice(['off', 'v1', 'v2'])
  .default('off')
  .describe('The version of the PROXY header that its servers get first, which names the client; or `off`.')
