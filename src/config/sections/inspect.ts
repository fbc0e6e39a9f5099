/** The sections of the config about inspectors. */
import * as field from '../fields/fields.ts'

const BUILTIN_INSPECTORS = ['protocol', 'match', 'capture', 'throttle'] as const

/** What `moduleHash` of an inspector is: it tells whether the file of its module has changed. Undefined for a built-in one. */
export interface WithModuleHash {
  readonly moduleHash?: string
}

/** `options` are checked when the inspector is loaded: only the inspector knows their schema. */
export const inspector = field
  .section({
    use: field
      .moduleName(BUILTIN_INSPECTORS)
      .describe('The inspector: the path of a module, relative to the config file, or `builtin:` followed by a name.'),
    options: field.anyMapping().default({}).describe('Options of the inspector; each inspector defines its own.'),
    directions: field
      .choice(['both', 'toUpstream', 'toClient'])
      .default('both')
      .describe('The directions that it inspects.'),
    firstBytes: field
      .sizeOrOff()
      .prefault('off')
      .describe(
        'Inspects only this many bytes of each direction, to the end of the chunk that reaches them; `off` inspects all.',
      ),
    timeout: field
      .durationOrOff()
      .prefault('100ms')
      .describe('Time limit for inspecting one chunk, after which its thread is ended; `off` sets none.'),
    onFailure: field
      .choice(['close', 'pass'])
      .default('close')
      .describe(
        'What happens to a connection whose inspector fails: `close` it, or let its bytes `pass` without inspection.',
      ),
  })
  .transform(({ timeout, ...rest }): typeof rest & { timeoutMs: number } & WithModuleHash => ({
    ...rest,
    timeoutMs: timeout,
  }))

export const inspection = field.section({
  threads: field
    .autoOrCount(1, 64)
    .default('auto')
    .describe(
      'Inspector threads per worker; `auto` is 2, or 1 if several workers use every core, or there are more than 8 workers.',
    ),
  memory: field
    .size(16 * 1024 * 1024)
    .prefault('256MiB')
    .describe('Memory that the inspectors of one thread may use before the thread is ended; at least 16MiB.'),
})
