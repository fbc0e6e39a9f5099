import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { freePort } from '../measure/ports.ts'
import { projectRoot } from '../paths.ts'
import { AccessLog } from '../soak/proxy/access-log.ts'
import { ProxyProcess } from '../soak/proxy/proxy-process.ts'

export type Line = Record<string, unknown>

/** copyloop before a PostgreSQL server, with the listener and the limits of examples/postgres.yaml, and its processes replaced. */
export class ReplacedProxy {
  readonly port: number
  /** What all the programs have logged. */
  readonly lines: Line[] = []
  readonly #config: object
  readonly #folder: string
  readonly #admin: string
  readonly #control: string
  readonly #log: AccessLog
  #process: ProxyProcess

  private constructor(server: string, folder: string, ports: { readonly own: number; readonly admin: number }) {
    this.port = ports.own
    this.#folder = folder
    this.#admin = `127.0.0.1:${ports.admin}`
    this.#control = `unix:${join(folder, 'copyloop.ctl')}`
    const example = parse(readFileSync(join(projectRoot, 'examples', 'postgres.yaml'), 'utf8'))
    const log = join(folder, 'copyloop.log')
    this.#config = {
      ...example,
      workers: 2,
      engine: 'kernel',
      admin: this.#admin,
      control: this.#control,
      log: { ...example.log, file: log },
      listeners: [{ ...example.listeners[0], listen: `127.0.0.1:${this.port}` }],
      upstreams: [{ ...example.upstreams[0], servers: [{ ...example.upstreams[0].servers[0], address: server }] }],
    }
    this.#process = new ProxyProcess(this.#config, folder)
    const take = (line: Line): void => {
      this.lines.push(line)
      this.#process.onLine(line)
    }
    this.#log = new AccessLog(log, take, (text) => take({ level: 50, msg: `a torn line: ${text}` }))
  }

  static async start(server: string, folder: string): Promise<ReplacedProxy> {
    const proxy = new ReplacedProxy(server, folder, { own: await freePort(), admin: await freePort() })
    await proxy.#process.serving()
    return proxy
  }

  /** Resolves when the old workers have left. */
  async replaceWorkers(): Promise<void> {
    const command = ['reload', '--workers', '--admin', this.#admin]
    await promisify(execFile)(process.execPath, [join(projectRoot, 'dist', 'cli.js'), ...command])
  }

  /** Resolves when the old program has left. */
  async takeOver(): Promise<void> {
    const old = this.#process
    this.#process = new ProxyProcess(this.#config, this.#folder, ['--take-over', this.#control])
    await this.#process.serving()
    await old.ended()
  }

  async stop(): Promise<void> {
    await this.#process.stop()
    this.#log.look()
    this.#log.close()
  }
}
