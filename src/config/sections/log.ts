/** The section of the config about the log. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { fraction } from '../fields/fraction.ts'
import { lengthOrOff } from '../fields/network.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const mapping = field
  .section({
    file: z
      .exactOptional(field.filePath())
      .describe('The file for these lines, relative to the config file; without it, they go where all others go.'),
    sample: fraction()
      .default(1)
      .describe(
        'The fraction of the connections that end as `completed` which are logged, such as `0.1` for a tenth; with any ' +
          'other outcome all are logged.',
      ),
    anonymize: lengthOrOff()
      .prefault('off')
      .describe(
        'The length of the network that is left of the IPv4 addresses of clients, such as `/24`, or `off`; of IPv6 ' +
          'addresses `/48` is left. The port stays.',
      ),
  })
  .describe('The access log.')

/** What is logged of connections. */
export interface AccessLogConfig {
  readonly file?: string
  /** From 0 to 1. */
  readonly sample: number
  /** The bits of an IPv4 address that are left. */
  readonly anonymize?: number
}

const access = field
  .either([field.flag(), mapping], 'true or false, without quotes, or a mapping of file, sample, anonymize')
  .transform((written): AccessLogConfig | false => {
    if (typeof written === 'boolean') return written && { sample: 1 }
    const { anonymize, ...rest } = written
    return { ...rest, ...(anonymize !== undefined && { anonymize }) }
  })
  .prefault({})
  .describe(
    'Whether each connection is logged, as one line when it ends: `true`, `false`, or a mapping of how. See docs/access-log.md.',
  )

export const logSection = field
  .section({
    level: field.choice(LOG_LEVELS).default('info').describe('The lowest level that is logged.'),
    access,
    file: z
      .exactOptional(field.filePath())
      .describe('The file to append log lines to, relative to the config file; without it, lines go to stdout.'),
  })
  .prefault({})
  .describe('What is logged, and where.')
