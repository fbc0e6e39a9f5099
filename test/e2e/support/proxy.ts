import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { Stats } from '../../../src/primary/admin/stats-answer.ts'
import { until } from '../../support/until.ts'

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly listener?: string
  readonly addresses?: string[]
  readonly admin?: string
  readonly [field: string]: unknown
}

const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

/** A directory that no other test knows, until the test file's end. */
export const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
  directories.push(directory)
  return directory
}

/** Writes a config of which a test gives only what it is about: by default one worker, and the admin on a free port. */
export const writeConfig = (config: object, directory = newDirectory()): string => {
  const file = join(directory, 'copyloop.json')
  writeFileSync(file, JSON.stringify({ workers: 1, admin: { listen: '127.0.0.1:0' }, ...config }))
  return file
}

/** A config's `listeners` and `upstreams`: one of each, the listener on a free port. */
export const relayTo = (...servers: string[]) => ({
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
  upstreams: [{ name: 'app', servers }],
})

const living = new Set<Copyloop>()

/** For `afterEach`: nothing that a test started outlives it. Workers end when their primary does. */
export const endAll = async (): Promise<void> => {
  for (const copyloop of living) {
    copyloop.process.kill('SIGKILL')
    await copyloop.exited
  }
}

/** `copyloop` as a process of its own, and what it has said. */
export class Copyloop {
  readonly process: ChildProcess
  readonly exited: Promise<number | null>
  stdout = ''
  stderr = ''
  hasExited = false
  readonly #lines: LogLine[] = []
  #parsed = 0

  /**
   * @param shell what a shell does before it becomes copyloop.
   * @param program what is run, if not copyloop's own command
   * @param inherited its descriptors from 3 on
   */
  constructor(
    args: readonly string[],
    environment: Record<string, string> = {},
    directory = process.cwd(),
    shell = 'true',
    program = CLI,
    inherited: readonly (number | 'ipc')[] = ['ipc'],
  ) {
    this.process = spawn('sh', ['-c', `${shell} && exec "$0" "$@"`, process.execPath, program, ...args], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe', ...inherited],
      env: { ...process.env, COPYLOOP_CONFIG: '', COPYLOOP_LOG_LEVEL: '', ...environment },
    })
    living.add(this)
    this.process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
    })
    this.process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    this.exited = once(this.process, 'close').then(([code]) => {
      this.hasExited = true
      living.delete(this)
      return code
    })
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  /** The lines of the log, those of the workers included. Each is parsed once, as tests ask every few milliseconds. */
  get log(): LogLine[] {
    const whole = this.stdout.lastIndexOf('\n') + 1
    for (const line of this.stdout.slice(this.#parsed, whole).split('\n'))
      if (line.startsWith('{')) this.#lines.push({ level: 0, msg: '', ...JSON.parse(line) })
    this.#parsed = whole
    return [...this.#lines]
  }

  logged(text: string): boolean {
    return this.log.some(({ msg }) => msg.includes(text))
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name)
  }

  /** Waits until every listener is served. */
  async serving(): Promise<this> {
    await until('copyloop serves', () => this.hasExited || this.logged('the admin is on'))
    if (this.hasExited) throw new Error(`copyloop did not start: ${this.stderr}${this.stdout}`)
    return this
  }

  /** Where a listener listens: one address for each it was given, those of its last sockets after a reload. */
  addresses(listener: string): string[] {
    return this.log.findLast((line) => line.listener === listener && line.addresses)?.addresses ?? []
  }

  address(listener: string): string {
    const [address] = this.addresses(listener)
    if (address === undefined) throw new Error(`no listener ${listener} in ${this.stdout}`)
    return address
  }

  get adminAddress(): string {
    return this.log.find(({ admin }) => admin)?.admin ?? ''
  }

  /** Asks the admin. */
  async admin(path: string, request: RequestInit = {}): Promise<Response> {
    return fetch(`http://${this.adminAddress}${path}`, { ...request, signal: AbortSignal.timeout(5_000) })
  }

  async stats(): Promise<Stats> {
    return (await (await this.admin('/stats')).json()) as Stats
  }

  /** Waits until /stats says so, and answers with what it said. */
  async untilStats(what: string, condition: (stats: Stats) => boolean, withinMs = 10_000): Promise<Stats> {
    const sinceMs = performance.now()
    for (;;) {
      const stats = await this.stats()
      if (condition(stats)) return stats
      const waitedMs = performance.now() - sinceMs
      if (waitedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}: ${JSON.stringify(stats)}`)
      // What takes long is asked for less often: an answer costs both processes several milliseconds.
      await pause(Math.min(waitedMs / 10, 50))
    }
  }
}

/** Starts `copyloop run` with a config and waits until it serves. */
export const run = (config: object, environment: Record<string, string> = {}): Promise<Copyloop> =>
  new Copyloop(['run', '-c', writeConfig(config)], environment).serving()

/** Whether a process of that id exists, a zombie included. */
export const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
