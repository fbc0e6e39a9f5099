/** The section of the config about an upstream. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { discoverSection } from './discover.ts'
import { ejectionSection, healthSection } from './health.ts'
import { sendProxyProtocol } from './proxy-protocol.ts'
import { queueSection } from './queue.ts'
import { serverSection } from './server.ts'

const BALANCES = ['roundRobin', 'leastConnections', 'random2', 'sourceHash'] as const

const SERVERS = 'a list of servers, such as - 127.0.0.1:9000'

export const upstreamSection = field
  .section({
    name: field
      .name('a name for the upstream')
      .describe('The name of the upstream in listeners, logs and metrics; unique.'),
    balance: field
      .choice(BALANCES)
      .default('roundRobin')
      .describe('How a server is chosen for each connection: see docs/balancing.md.'),
    servers: z
      .exactOptional(field.listOf(serverSection, SERVERS, 0))
      .describe(
        'Its servers, each an address or a mapping; each address of a name is a server of its own. If there are none, ' +
          'connections end with outcome `noServer`. May be left out if there is `discover`.',
      ),
    discover: discoverSection.prefault('off').describe('Where further servers are found, or `off`. See docs/names.md.'),
    slowStart: field
      .durationOrOff('a slow start of 0 has no effect; write off, or a longer duration')
      .prefault('off')
      .describe('Time in which the share of a server that comes up grows from a tenth to all of its weight.'),
    retries: field
      .count(0, 100)
      .default(2)
      .describe(
        'The number of further servers that are tried for a client after the first one; all together take at most ' +
          '`connect` × (`retries` + 1).',
      ),
    queue: queueSection
      .prefault({})
      .describe('Clients that wait while every server in rotation is at its `maxConnections`.'),
    health: healthSection,
    ejection: ejectionSection,
    sendProxyProtocol,
    onServerDown: field
      .choice(['keep', 'close'])
      .default('keep')
      .describe(
        'What happens to the living connections of a server that becomes `down` or `maintenance`: with `close` they are reset.',
      ),
  })
  .superRefine(({ servers, discover }, context) => {
    if (servers !== undefined || discover !== 'off') return
    context.addIssue({
      code: 'custom',
      path: ['servers'],
      message: `"servers" is missing; write ${SERVERS}, or "discover"`,
    })
  })
  .transform(({ servers = [], slowStart, ...rest }) => ({ ...rest, servers, slowStartMs: slowStart }))
