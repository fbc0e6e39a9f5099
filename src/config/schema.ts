/**
 * The one list of what can be configured. The types, the validation, docs/config.schema.json and docs/configuration.md
 * all come from here.
 *
 * A key holds what a person writes (`idle: 10m`); the parsed config holds what the program uses (`idleMs: 600000`).
 */
import { z } from 'zod'
import * as field from './fields/fields.ts'
import { adminSection } from './sections/admin.ts'
import { controlSection } from './sections/control.ts'
import { inspection } from './sections/inspect.ts'
import { listenerSection } from './sections/listener.ts'
import { logSection } from './sections/log.ts'
import { upstreamSection } from './sections/upstream.ts'
import type { AdminToken } from './token/admin-token.ts'

export const ENGINES = ['kernel', 'streams'] as const
export type EngineName = (typeof ENGINES)[number]

const SCHEDULINGS = ['batch', 'normal'] as const

export const configSchema = field
  .section({
    $schema: z
      .exactOptional(z.string({ error: () => 'write the path or URL of config.schema.json, in quotes' }))
      .meta({ title: 'text' })
      .describe('The JSON Schema, for editors; copyloop does not read it.'),
    workers: field
      .autoOrCount(1, 1024)
      .default('auto')
      .describe('The number of worker processes; `auto` is one per core that this process may use.'),
    engine: field
      .choice(['auto', ...ENGINES])
      .default('auto')
      .describe('How bytes are relayed; `auto` chooses the best engine that can run here.'),
    scheduling: field
      .choice(SCHEDULINGS)
      .default('batch')
      .describe(
        'How Linux schedules the workers. With `batch` a worker that wakes up waits until the program on its core has ' +
          'used its time slice, which costs much less CPU; `normal` is for hosts so short of CPU that this wait is long.',
      ),
    admin: adminSection,
    control: controlSection,
    log: logSection,
    inspection: inspection.prefault({}).describe('Threads and memory for the inspectors of all listeners.'),
    drainTimeout: field
      .duration({ zero: 'allowed' })
      .prefault('30s')
      .describe('Time that connections have to finish when the proxy stops, before they are reset; cannot be `off`.'),
    drainDelay: field
      .duration({ zero: 'allowed' })
      .prefault('0s')
      .describe(
        'Time for which accepting goes on after a stop was asked for and `/readyz` answers 503, so that load balancers ' +
          'notice first; `drainTimeout` counts from its end.',
      ),
    drainSpread: field
      .duration({ zero: 'allowed' })
      .prefault('0s')
      .describe(
        'Time over which connections are reset, one after another, once `drainTimeout` is over, so that their clients do ' +
          'not all come back at once.',
      ),
    workerTimeout: field
      .duration({
        zero: 'refused',
        zeroMeans: 'a worker needs time between two signs of life; write at least 2s',
        atLeastMs: 2_000,
      })
      .prefault('10s')
      .describe('Time without a sign of life from a worker, after which it is killed and replaced; cannot be `off`.'),
    workerMemory: field
      .sizeOrOff()
      .prefault('off')
      .describe(
        'Resident memory above which a worker is replaced: a new one comes first, then the old one gives it its ' +
          'connections (kernel engine) or drains. A worker that ' +
          'has nothing to do has 60 to 100MiB, and more with inspectors.',
      ),
    listeners: field
      .listOf(listenerSection, 'a list of listeners, each with name, listen and upstream', 1)
      .describe('The addresses that clients connect to, and what is done for them; at least one listener.'),
    upstreams: field
      .listOf(upstreamSection, 'a list of upstreams, each with name and servers', 0)
      .describe('The groups of servers that listeners relay to.'),
  })
  .transform(
    ({
      drainTimeout,
      drainDelay,
      drainSpread,
      workerTimeout,
      workerMemory,
      inspection: { threads, memory },
      $schema: _,
      ...rest
    }) => ({
      ...rest,
      inspection: { threads, memoryBytes: memory },
      drainTimeoutMs: drainTimeout,
      drainDelayMs: drainDelay,
      drainSpreadMs: drainSpread,
      workerTimeoutMs: workerTimeout,
      workerMemoryBytes: workerMemory,
    }),
  )
  .meta({ title: 'copyloop config' })

export type DeepReadonly<T> = T extends ArrayBufferView | AdminToken
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T

/** A config as written. */
export type ConfigInput = z.input<typeof configSchema>

/**
 * A config as the program uses it: complete, deep-frozen, durations in milliseconds with `Infinity` for off. It can be
 * sent to other processes by structured clone (a JSON channel would turn `Infinity` into null).
 */
export type Config = DeepReadonly<z.output<typeof configSchema>>
export type LogConfig = Config['log']
export type AdminConfig = Exclude<Config['admin'], 'off'>
export type ListenerConfig = Config['listeners'][number]
export type UpstreamConfig = Config['upstreams'][number]
export type HealthConfig = Exclude<UpstreamConfig['health'], 'off'>
export type EjectionConfig = Exclude<UpstreamConfig['ejection'], 'off'>
export type InspectorConfig = ListenerConfig['inspect'][number]
export type TimeoutsConfig = ListenerConfig['timeouts']
