/** The keys of a listener about how many clients it admits. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { rateOrOff } from '../fields/limits.ts'

const PER_CLIENT =
  'A client is an IPv4 address or an IPv6 network of length 64; clients of unix sockets have no such limit.'

export const limitKeys = {
  maxConnections: field
    .count(1, 1_000_000)
    .default(10_000)
    .describe(
      'The number of its connections that may live at once, over all workers; further clients are refused, with outcome ' +
        '`overLimit`. Where the workers cannot share memory, each has an equal share, rounded up, and the log reports it.',
    ),
  maxConnectionsPerClient: field
    .countOrOff(1, 1_000_000)
    .prefault('off')
    .describe(`The number of connections of one client that may live at once, likewise. ${PER_CLIENT}`),
  connectionRate: z
    .exactOptional(rateOrOff())
    .describe(
      'New connections per second or minute, over all workers, or `off`; further ones are refused, with outcome `overLimit`. ' +
        '`burst` is how many may come at once; by default what comes in one second, at least 1.',
    ),
  connectionRatePerClient: z
    .exactOptional(rateOrOff())
    .describe('New connections of one client per second or minute, likewise.'),
  onLimit: field
    .choice(['reset', 'close'])
    .default('reset')
    .describe('How clients beyond a limit are refused: with a reset, or with a close as after an empty answer.'),
}
