import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, formatAddress } from '../../src/config/fields/address.ts'
import { parseConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { openListeningSocket } from '../../src/engine/listening/listening-socket.ts'
import type { WorkerInspection } from '../../src/inspection/host/worker-inspection.ts'
import { openLog } from '../../src/log/log.ts'
import { stateOf } from '../../src/serving/of-config.ts'
import { DRAIN_AT_ONCE, type ServingState } from '../../src/serving/state.ts'
import { shownCounts } from '../../src/stats/counts.ts'
import type { InspectorCounts, ServerCounts, ShownCounts } from '../../src/stats/metrics.ts'
import { Totals } from '../../src/stats/totals.ts'
import { SocketStore } from '../../src/worker/sockets.ts'
import { Worker } from '../../src/worker/worker.ts'
import { Endpoint } from './endpoint.ts'
import { Queue } from './queue.ts'
import { type Pace, SlowReader } from './slow-reader.ts'
import { until, within } from './until.ts'

/** A connection's line in the access log: numbers and texts by field, of which `ACCESS_FIELDS` is the list. */
export interface AccessLine {
  readonly outcome: string
  readonly durationMs: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
  readonly [field: string]: unknown
}

export interface WorkerHarnessOptions {
  readonly timeouts?: ConfigInput['listeners'][number]['timeouts']
  readonly maxConnections?: number
  /** Other keys of the listener. */
  readonly listener?: Partial<ConfigInput['listeners'][number]>
  /** The listener's inspectors, and what they share. */
  readonly inspect?: ConfigInput['listeners'][number]['inspect']
  readonly inspection?: ConfigInput['inspection']
  /** Where the listener leads to, by default the harness's own upstream; made from the listener's own address. */
  readonly servers?: (self: string) => string[]
  /** Keys of the upstream, made from the address of the harness's own server. */
  readonly upstream?: (own: string) => Partial<ConfigInput['upstreams'][number]>
}

/**
 * A whole worker in this process, of which a test holds both far ends.
 *
 *     client (Endpoint) ── Worker: accept · admit · dial · relay · close · log ── server (Endpoint)
 */
export class WorkerHarness {
  readonly worker: Worker
  readonly sockets: SocketStore
  /** What the worker serves. */
  state: ServingState
  readonly address: Address
  readonly #served = new Queue<Endpoint>()
  readonly #upstream: Server
  readonly #directory: string
  readonly #sockets = new Set<Socket>()

  static async open(engine: Engine, options: WorkerHarnessOptions = {}): Promise<WorkerHarness> {
    const directory = mkdtempSync(join(tmpdir(), 'copyloop-test-'))
    const upstream = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const bound = upstream.address()
    if (bound === null || typeof bound === 'string') throw new Error('the upstream does not listen')
    const { handle, address } = await openListeningSocket({ kind: 'tcp', host: '127.0.0.1', port: 0 })
    const self = formatAddress(address)
    const own = `127.0.0.1:${bound.port}`
    const {
      timeouts = {},
      maxConnections = 10_000,
      listener = {},
      inspect = [],
      inspection = {},
      servers = () => [own],
      upstream: upstreamKeys = () => ({}),
    } = options
    const input: ConfigInput = {
      listeners: [{ name: 'web', listen: self, upstream: 'app', timeouts, maxConnections, inspect, ...listener }],
      inspection,
      upstreams: [{ name: 'app', servers: servers(self), ...upstreamKeys(own) }],
      log: { file: join(directory, 'log'), level: 'debug' },
    }
    const config = parseConfig(JSON.stringify(input), join(directory, 'copyloop.json'))
    const sockets = new SocketStore()
    sockets.put(1, handle)
    const log = openLog(config.log, { worker: 0 })
    const worker = new Worker({ workerId: 0, workerCount: 1, settings: config, engine, log, sockets })
    const state = stateOf(config, () => [1])
    await worker.apply(state)
    const harness = new WorkerHarness(worker, sockets, state, address, upstream, directory)
    // Its log opens in the background: then everything that a worker has is there.
    worker.log.logger.info('the harness is open')
    await until('the log', () => harness.log().length > 0)
    return harness
  }

  private constructor(
    worker: Worker,
    sockets: SocketStore,
    state: ServingState,
    address: Address,
    upstream: Server,
    directory: string,
  ) {
    this.worker = worker
    this.sockets = sockets
    this.state = state
    this.address = address
    this.#upstream = upstream.on('connection', (socket) => {
      this.#served.push(new Endpoint(this.#own(socket), 'upstream'))
    })
    this.#directory = directory
  }

  /** A client that begins to connect. */
  client(): Endpoint {
    return new Endpoint(this.#own(connect({ ...this.#target, allowHalfOpen: true, noDelay: true })), 'client')
  }

  /** A client that begins to connect, and then reads at its pace. */
  slowReader(pace: Pace): SlowReader {
    const reader = new SlowReader(this.#target, pace)
    this.#own(reader.socket)
    return reader
  }

  get #target(): { host: string; port: number } {
    if (this.address.kind === 'unix') throw new Error('the harness listens on a port')
    const { host, port } = this.address
    return { host, port }
  }

  /** The server's end of the next connection that the worker dialled. */
  served(): Promise<Endpoint> {
    return within('a connection to the server', this.#served.next())
  }

  /** Both ends of a whole connection. One at a time, or it is not known which belong together. */
  async connect(): Promise<{ client: Endpoint; upstream: Endpoint }> {
    const client = this.client()
    return { client, upstream: await this.served() }
  }

  /** Everything that is in the log now, as JSON. */
  log(): Record<string, unknown>[] {
    this.worker.log.flush()
    const text = readFileSync(join(this.#directory, 'log'), 'utf8')
    // The last line may be being written.
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }

  /** The access log's lines so far. */
  lines(): AccessLine[] {
    return this.log().filter(({ msg }) => msg === 'connection') as unknown as AccessLine[]
  }

  /** The line of the first connection that ended so. */
  async line(outcome: string): Promise<AccessLine> {
    let found: AccessLine | undefined
    await until(`a line of ${outcome}`, () => {
      found = this.lines().find((line) => line.outcome === outcome)
      return found !== undefined
    })
    return found as AccessLine
  }

  get inspection(): WorkerInspection | undefined {
    return this.worker.inspectors.running
  }

  /** Has the worker serve what `change` makes of what it serves. */
  async edit(change: (state: ServingState) => ServingState): Promise<void> {
    this.state = { ...change(this.state), version: this.state.version + 1 }
    await this.worker.apply(this.state)
  }

  /** Everything that is counted, as of now. */
  totals(): Totals {
    const totals = new Totals()
    totals.add(this.worker.counts.all())
    return totals
  }

  /** The listener's counts as of now, as `/stats` shows them. */
  counts(): ShownCounts<'listener'> {
    return shownCounts('listener', this.totals().of('listener', 'web'))
  }

  /** The counts of one of the upstream's servers as of now. */
  server(name: string): ServerCounts {
    return this.totals().of('server', 'app', name)
  }

  /** What was counted of one of the listener's inspectors. */
  inspector(name: string): InspectorCounts {
    return this.totals().of('inspector', 'web', name)
  }

  /** Waits until every connection is closed. */
  allClosed(): Promise<void> {
    return until('every connection closed', () => this.counts().connectionsActive === 0)
  }

  /** Breaks off the test's own ends. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.hangUp()
    await this.worker.drain(DRAIN_AT_ONCE)
    // Some may have been accepted meanwhile.
    this.hangUp()
    this.#upstream.on('connection', (late) => late.destroy())
    this.worker.log.flush()
    await new Promise((resolve) => this.#upstream.close(resolve))
    rmSync(this.#directory, { recursive: true })
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }
}

/** Runs `body` with a harness that is closed after it. */
export const withWorker = async <T>(
  engine: Engine,
  options: WorkerHarnessOptions,
  body: (harness: WorkerHarness) => Promise<T>,
): Promise<T> => {
  const harness = await WorkerHarness.open(engine, options)
  try {
    return await body(harness)
  } finally {
    await harness.close()
  }
}
