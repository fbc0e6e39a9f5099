/** A PostgreSQL server of its own, as installed from packages, for what only real sessions can show. */
import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { atEnd, hasEnded } from '../measure/children.ts'
import { freePort } from '../measure/ports.ts'

const DEBIAN = '/usr/lib/postgresql'
const NEEDED = ['initdb', 'postgres', 'psql', 'pgbench']

/** The folder of the newest server's programs; undefined if none is installed. Debian has them outside of PATH. */
export const findPostgres = (): string | undefined => {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((one, other) => Number(other) - Number(one)) : []
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  return folders.find((folder) => NEEDED.every((program) => existsSync(join(folder, program))))
}

/** PostgreSQL refuses to run as root; Debian has a user for it. */
const USER = 'postgres'
const isRoot = process.getuid?.() === 0
const asUser = isRoot ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : []

/** A program and its arguments, as the user who runs the server. */
export const asPostgres = (...command: readonly string[]): [string, string[]] => {
  const [program = '', ...args] = [...asUser, ...command]
  return [program, args]
}

const run = promisify(execFile)

/** Nothing is worth more than speed: whatever it stores is thrown away. */
const SETTINGS = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=']

export class PostgresServer {
  readonly port: number
  readonly #child: ChildProcess
  readonly #forget: () => void

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
    this.#forget = atEnd(() => child.kill('SIGQUIT'))
  }

  /**
   * @param programs the folder that `findPostgres` has found
   * @param folder an empty one
   * @param settings such as `max_connections=200`
   */
  static async start(programs: string, folder: string, settings: readonly string[] = []): Promise<PostgresServer> {
    if (isRoot) await run('chown', [USER, folder])
    const data = join(folder, 'data')
    const options = ['--auth=trust', `--username=${USER}`, '--no-sync', '--no-locale', '--encoding=UTF8']
    await run(...asPostgres(join(programs, 'initdb'), ...options, data), { cwd: folder })
    const port = await freePort()
    const flags = [...SETTINGS, `port=${port}`, ...settings].flatMap((setting) => ['-c', setting])
    const command = asPostgres(join(programs, 'postgres'), '-D', data, ...flags)
    const child = spawn(...command, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const server = new PostgresServer(child, port)
    await untilReady(child)
    return server
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Sessions that are open end with it. Unlike after SIGKILL no shared memory is left behind. */
  async end(): Promise<void> {
    this.#forget()
    if (hasEnded(this.#child)) return
    this.#child.kill('SIGQUIT')
    await once(this.#child, 'exit')
  }
}

/** It listens before that, and refuses sessions. */
const untilReady = (child: ChildProcessByStdio<null, null, Readable>): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-2000)
      if (said.includes('ready to accept connections')) resolve()
    })
    child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)))
  })
