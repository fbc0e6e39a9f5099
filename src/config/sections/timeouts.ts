/** The section of the config about time limits. */
import * as field from '../fields/fields.ts'

export const timeoutsSection = field
  .section({
    connect: field
      .duration({ zero: 'refused' })
      .prefault('5s')
      .describe(
        'Time limit for resolving a name, and for connecting to each address, before the next is tried; cannot be `off`.',
      ),
    idle: field
      .durationOrOff()
      .prefault('10m')
      .describe('Time without a delivered byte in either direction, after which the connection ends.'),
    stall: field
      .durationOrOff()
      .prefault('60s')
      .describe('Time in which a side takes none of the bytes held for it, after which the connection ends.'),
    halfClose: field
      .durationOrOff()
      .prefault('60s')
      .describe(
        'Time without a delivered byte in either direction, once one side has ended, after which the connection ends.',
      ),
    maxAge: field.durationOrOff().prefault('off').describe('The longest life of a connection, however busy it is.'),
    preread: field
      .duration({ zero: 'refused' })
      .prefault('5s')
      .describe(
        'Time limit for what a client must send before a server is dialled: its PROXY header; cannot be `off`.',
      ),
  })
  .transform(({ connect, idle, stall, halfClose, maxAge, preread }) => ({
    connectMs: connect,
    idleMs: idle,
    stallMs: stall,
    halfCloseMs: halfClose,
    maxAgeMs: maxAge,
    prereadMs: preread,
  }))
