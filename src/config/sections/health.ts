/** The sections of the config about the health of servers. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'

const checks = field
  .section({
    interval: field
      .duration({ zero: 'refused', zeroMeans: 'an interval of 0 leaves no pause between checks; write a longer one' })
      .prefault('2s')
      .describe('Time from one check of a server to the next; each is up to a tenth earlier or later.'),
    timeout: field
      .duration({ zero: 'refused', zeroMeans: 'with a timeout of 0 every check would fail; write a longer one' })
      .prefault('1s')
      .describe('Time in which a check must have connected, and got the answer that it expects.'),
    rise: field.count(1, 100).default(2).describe('Checks in a row that must pass before a server that is down is up.'),
    fall: field.count(1, 100).default(3).describe('Checks in a row that must fail before a server that is up is down.'),
    send: z
      .exactOptional(field.bytes())
      .describe('What a check sends once it is connected; `\\r \\n \\t \\0 \\\\ \\xHH` stand for bytes.'),
    expect: z
      .exactOptional(field.bytes())
      .describe(
        'What the answer must contain, written like `send`; without it, a check passes once it is connected and not reset at once.',
      ),
  })
  .transform(({ interval, timeout, ...rest }) => ({ ...rest, intervalMs: interval, timeoutMs: timeout }))

const OFF_OR_CHECKS = 'off, or a mapping of interval, timeout, rise, fall, send, expect'

export const healthSection = field
  .either([z.literal('off'), checks], OFF_OR_CHECKS)
  .prefault('off')
  .describe('How the primary checks its servers, or `off`.')

const ejection = field
  .section({
    failures: field.count(1, 100).default(5).describe('Dials in a row that must fail, counted over all workers.'),
    for: field
      .duration({ zero: 'refused', zeroMeans: 'this cannot be 0; write a longer time, or ejection: off' })
      .prefault('10s')
      .describe(
        'Time until a trial connection may bring it back; doubled after each failure, up to 5 minutes; a longer one stays as it is.',
      ),
    maxPercent: field
      .count(1, 100)
      .default(50)
      .describe('The part of the servers of the upstream that may be ejected at once, in percent; one always may.'),
  })
  .transform(({ for: forMs, ...rest }) => ({ ...rest, forMs }))

export const ejectionSection = field
  .either([z.literal('off'), ejection], 'off, or a mapping of failures, for, maxPercent')
  .prefault({})
  .describe('When a server that cannot be reached is taken out of rotation, or `off`.')
