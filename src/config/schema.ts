/**
 * The one list of what can be configured. The types, the validation, docs/config.schema.json and docs/configuration.md
 * all come from here.
 *
 * A key holds what a person writes (`idle: 10m`); the parsed config holds what the program uses (`idleMs: 600000`).
 */
import { z } from 'zod'
import { parseAddress, parseAdminAddress, parseServerAddress } from './fields/address.ts'
import * as field from './fields/fields.ts'
import { inspection, inspector } from './sections/inspect.ts'
import { unixSection } from './sections/unix.ts'

export const ENGINES = ['kernel', 'streams'] as const
export type EngineName = (typeof ENGINES)[number]

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const SCHEDULINGS = ['batch', 'normal'] as const

const BALANCES = ['roundRobin'] as const

export const DEFAULT_ADMIN_ADDRESS = '127.0.0.1:9901'

const LISTEN_EXAMPLES = '127.0.0.1:8080, :8080 for every address, "[::1]:8080" in quotes, or unix:/run/copyloop.sock'
const LISTEN = `an address such as ${LISTEN_EXAMPLES}; or a list of addresses`
const listenAddress = () => field.address(parseAddress, `an address such as ${LISTEN_EXAMPLES}`, 'listen')

const admin = field
  .section({
    listen: field
      .address(parseAdminAddress, `host:port on a loopback address, such as ${DEFAULT_ADMIN_ADDRESS}`, 'listen')
      .prefault(DEFAULT_ADMIN_ADDRESS)
      .describe('The address of the admin: host:port on a loopback address, because it has no password.'),
  })
  .describe('The admin: health, statistics and control over HTTP.')

const log = field.section({
  level: field.choice(LOG_LEVELS).default('info').describe('The lowest level that is logged.'),
  access: field.flag().default(true).describe('Whether each connection is logged, as one line when it ends.'),
  file: z
    .exactOptional(field.filePath())
    .describe('The file to append log lines to, relative to the config file; without it, lines go to stdout.'),
})

const timeouts = field
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
  })
  .transform(({ connect, idle, stall, halfClose, maxAge }) => ({
    connectMs: connect,
    idleMs: idle,
    stallMs: stall,
    halfCloseMs: halfClose,
    maxAgeMs: maxAge,
  }))

const listener = field.section({
  name: field
    .name('a name for the listener')
    .describe('The name of the listener in logs, metrics and the admin; unique.'),
  listen: field
    .either(
      [listenAddress(), field.listOf(listenAddress(), `an address such as ${LISTEN_EXAMPLES}`, 1)],
      LISTEN,
      field.notAddress(LISTEN, 'listen'),
    )
    .transform((listen) => (Array.isArray(listen) ? listen : [listen]))
    .describe('The address or list of addresses that clients connect to; port 0 takes any free port.'),
  upstream: field.name('the name of one of the upstreams').describe('The upstream that its clients are relayed to.'),
  timeouts: timeouts.prefault({}).describe('Time limits for its connections.'),
  maxConnections: field
    .count(1, 1_000_000)
    .default(10_000)
    .describe(
      'The number of its connections that may live at once, over all workers; further clients are reset, with outcome ' +
        '`overLimit`. Where the workers cannot share memory, each has an equal share, rounded up, and the log reports it.',
    ),
  unix: unixSection.prefault({}).describe('Permissions of the unix sockets that it listens on.'),
  inspect: field
    .listOf(inspector, 'a list of inspectors, each with use', 0)
    .max(16, { error: () => 'the list has more than 16 inspectors; remove some' })
    .default([])
    .describe(
      'The inspectors of its bytes, in order: each sees what the one before it let through. See docs/inspectors.md.',
    ),
})

const SERVER_EXAMPLES = '127.0.0.1:9000, app.internal:9000, "[::1]:9000" in quotes, or unix:/run/app.sock'
const SERVER = `an address such as ${SERVER_EXAMPLES}; or a mapping with the key address`
const serverAddress = () => field.address(parseServerAddress, `an address such as ${SERVER_EXAMPLES}`, 'connect')

const server = field
  .either(
    [serverAddress(), field.section({ address: serverAddress().describe('The address that the server listens on.') })],
    SERVER,
    field.notAddress(SERVER, 'connect'),
  )
  .transform((written) => ('address' in written ? written : { address: written }))

const upstream = field.section({
  name: field
    .name('a name for the upstream')
    .describe('The name of the upstream in listeners, logs and metrics; unique.'),
  balance: field.choice(BALANCES).default('roundRobin').describe('How a server is chosen for each connection.'),
  servers: field
    .listOf(server, 'a list of servers, such as - 127.0.0.1:9000', 0)
    .describe('Its servers, each an address or a mapping; if there are none, connections end with outcome `noServer`.'),
})

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
    admin: field
      .either([z.literal('off'), admin], 'off, or a mapping with the key listen')
      .prefault({})
      .describe('The admin server, or `off`.'),
    log: log.prefault({}).describe('What is logged, and where.'),
    inspection: inspection.prefault({}).describe('Threads and memory for the inspectors of all listeners.'),
    drainTimeout: field
      .duration({ zero: 'allowed' })
      .prefault('30s')
      .describe('Time that connections have to finish when the proxy stops, before they are reset; cannot be `off`.'),
    listeners: field
      .listOf(listener, 'a list of listeners, each with name, listen and upstream', 1)
      .describe('The addresses that clients connect to, and what is done for them; at least one listener.'),
    upstreams: field
      .listOf(upstream, 'a list of upstreams, each with name and servers', 0)
      .describe('The groups of servers that listeners relay to.'),
  })
  .transform(({ drainTimeout, inspection: { threads, memory }, $schema: _, ...rest }) => ({
    ...rest,
    inspection: { threads, memoryBytes: memory },
    drainTimeoutMs: drainTimeout,
  }))
  .meta({ title: 'copyloop config' })

export type DeepReadonly<T> = T extends readonly (infer Item)[]
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
export type ListenerConfig = Config['listeners'][number]
export type UpstreamConfig = Config['upstreams'][number]
export type InspectorConfig = ListenerConfig['inspect'][number]
export type TimeoutsConfig = ListenerConfig['timeouts']
