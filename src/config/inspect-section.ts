/** The parts of the config that are about inspectors. */
import * as field from './fields/fields.ts'

const BUILTIN_INSPECTORS = ['protocol', 'match', 'capture', 'throttle'] as const

/** The section of its options is the inspector's own: it is checked when the inspector is loaded. */
export const inspector = field
  .section({
    use: field
      .moduleName(BUILTIN_INSPECTORS)
      .describe('The inspector: the path of a module relative to the config file, or `builtin:` and a name.'),
    options: field.anyMapping().default({}).describe('Options of the inspector; it says itself which it has.'),
    directions: field
      .choice(['both', 'toUpstream', 'toClient'])
      .default('both')
      .describe('Which way the bytes go that it sees.'),
    firstBytes: field
      .sizeOrOff()
      .prefault('off')
      .describe('It sees only so many bytes of each direction, and the chunk in which they are reached; `off`: all.'),
    timeout: field
      .durationOrOff()
      .prefault('100ms')
      .describe('How long it may look at one chunk before its thread is ended; `off`: for ever.'),
    onFailure: field
      .choice(['close', 'pass'])
      .default('close')
      .describe('What becomes of a connection whose inspector fails: `close` it, or let its bytes `pass` uninspected.'),
  })
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }))

export const inspection = field.section({
  threads: field
    .autoOrCount(1, 64)
    .default('auto')
    .describe(
      'How many threads of each worker run inspectors; `auto` is 2, or 1 where there are as many workers as cores, or more than 8.',
    ),
  memory: field
    .size(16 * 1024 * 1024)
    .prefault('256MiB')
    .describe('How much memory the inspectors of one thread may use before the thread is ended; at least 16MiB.'),
})
