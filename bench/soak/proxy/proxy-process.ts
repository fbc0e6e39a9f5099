import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasEnded, own, stop } from '../../measure/children.ts'
import { projectRoot } from '../../paths.ts'
import type { Counts, ServerCounts } from '../check/check-stats.ts'

/** The parts of /stats that are looked at. */
export interface ProxyStats {
  readonly logLinesLost: number
  readonly listeners: Readonly<Record<string, Counts>>
  readonly upstreams: Readonly<Record<string, UpstreamStats>>
  readonly reloads: { readonly applied: number; readonly refused: number }
  readonly workers: readonly WorkerStats[]
}

export interface WorkerStats {
  readonly id: number
  readonly pid: number
  readonly state: string
  readonly connectionsActive: number
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface UpstreamStats {
  readonly queued: number
  readonly servers: Readonly<Record<string, ServerCounts>>
}

const STARTS_WITHIN_MS = 60_000
const STOPS_WITHIN_MS = 15_000

/** The built program as a process of its own. Its addresses are in its log. */
export class ProxyProcess {
  readonly child: ChildProcess
  readonly #file: string
  readonly #addresses = new Map<string, string>()
  #admin = ''
  /** What it wrote to stdout and stderr, which should be nothing. */
  output = ''

  /** @param flags further ones of `copyloop run` */
  constructor(config: object, folder: string, flags: readonly string[] = []) {
    const file = join(folder, 'copyloop.json')
    this.#file = file
    this.writeConfig(config)
    const env = { ...process.env, COPYLOOP_CONFIG: '', COPYLOOP_LOG_LEVEL: '' }
    const program = join(projectRoot, 'dist', 'cli.js')
    const args = [program, 'run', '-c', file, ...flags]
    this.child = own(spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
  }

  /** Takes every log line that is not a connection's. */
  onLine({ listener, addresses, admin }: Record<string, unknown>): void {
    if (typeof listener === 'string' && Array.isArray(addresses)) this.#addresses.set(listener, String(addresses[0]))
    if (typeof admin === 'string') this.#admin = admin
  }

  /** What the next reload reads. */
  writeConfig(config: object): void {
    writeFileSync(this.#file, JSON.stringify(config, undefined, 2))
  }

  async begins(): Promise<void> {
    const until = performance.now() + STARTS_WITHIN_MS
    while (this.#admin === '') {
      if (hasEnded(this.child)) throw new Error(`copyloop did not start: ${this.output}`)
      if (performance.now() > until) throw new Error(`copyloop does not serve after ${STARTS_WITHIN_MS / 1000} s`)
      await sleep(20)
    }
  }

  target(listener: string): NetConnectOpts {
    const address = this.#addresses.get(listener) ?? ''
    if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
    const colon = address.lastIndexOf(':')
    return { host: address.slice(0, colon).replace(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) }
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<void> {
    if (!hasEnded(this.child)) await once(this.child, 'exit')
  }

  /** The exit code, or what ended it. */
  async stop(): Promise<number | string> {
    await stop(this.child, STOPS_WITHIN_MS)
    return this.child.exitCode ?? this.child.signalCode ?? 'nothing'
  }

  async stats(): Promise<ProxyStats> {
    const { body } = await this.#ask('GET', '/stats')
    return body as unknown as ProxyStats
  }

  /** The workers that serve. */
  async serving(): Promise<WorkerStats[]> {
    return (await this.stats()).workers.filter(({ state }) => state === 'serving')
  }

  post(path: string): Promise<Answer> {
    return this.#ask('POST', path)
  }

  setLogLevel(level: string): Promise<void> {
    return this.#put('/log/level', { level })
  }

  setServerState(upstream: string, server: string, state: 'ready' | 'drain'): Promise<void> {
    return this.#put(`/upstreams/${upstream}/servers/${encodeURIComponent(server)}`, { state })
  }

  async #put(path: string, body: object): Promise<void> {
    const { status } = await this.#ask('PUT', path, JSON.stringify(body))
    if (status !== 200) throw new Error(`PUT ${path} was answered with ${status}`)
  }

  /** No connection is kept: descriptors are counted. */
  #ask(method: string, path: string, send?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = request(`http://${this.#admin}${path}`, { method, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text) }),
        )
      })
      asking.on('error', reject).end(send)
    })
  }
}
