import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '../../support/until.ts'
import { lives } from './proxy.ts'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PM2 = join(ROOT, 'node_modules/pm2/bin/pm2')

/** What pm2 knows of copyloop. */
interface Pm2App {
  readonly pid: number
  readonly status: string
  readonly restarts: number
  readonly exitCode: number
}

/** What `pm2 jlist` has of an app. */
interface ListedApp {
  readonly name: string
  readonly pid: number
  readonly pm2_env: { readonly status: string; readonly restart_time: number; readonly exit_code: number }
}

/** The real pm2, with a home in a test's directory, so that its daemon is ours alone. Each command takes about a second. */
export class Pm2 {
  readonly directory: string
  /** More of the environment of the commands. */
  environment: Readonly<Record<string, string>> = {}

  constructor(directory: string) {
    this.directory = directory
  }

  /** Runs pm2 in a directory. */
  async runIn(cwd: string, config: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, PM2_HOME: join(this.directory, 'pm2'), COPYLOOP_CONFIG: config, ...this.environment }
    const { stdout } = await promisify(execFile)(process.execPath, [PM2, ...args], { cwd, env })
    return stdout
  }

  /** Runs pm2 where copyloop is, with the config `copyloop.json` of its directory. */
  run(...args: string[]): Promise<string> {
    return this.runIn(ROOT, join(this.directory, 'copyloop.json'), ...args)
  }

  /** Answers with what an action of copyloop does. */
  async trigger(...args: string[]): Promise<unknown> {
    const printed = await this.run('trigger', 'copyloop', ...args)
    return JSON.parse(printed.slice(printed.indexOf(']=') + 2))
  }

  async app(name = 'copyloop'): Promise<Pm2App> {
    const list = await this.run('jlist')
    const apps: readonly ListedApp[] = JSON.parse(list.slice(list.indexOf('[{')))
    const app = apps.find((each) => each.name === name)
    if (app === undefined) throw new Error(`pm2 has no app ${name}`)
    const { status, restart_time, exit_code } = app.pm2_env
    return { pid: app.pid, status, restarts: restart_time, exitCode: exit_code }
  }

  /** What a file of its home has. */
  file(name: string): string {
    const path = join(this.directory, 'pm2', name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  /** Whether copyloop has printed that. */
  logged(text: string): boolean {
    return this.file('logs/copyloop-out.log').includes(text)
  }

  /** The primary that runs now, which pm2 need not be asked for. */
  get primary(): number {
    return Number(this.file('pids/copyloop-0.pid'))
  }

  /** How often copyloop was started. */
  get starts(): number {
    return this.file('pm2.log').split('starting in -fork mode-').length - 1
  }

  /** Ends what pm2 runs and then its daemon, also when the test failed in the middle. */
  async end(): Promise<void> {
    const daemon = Number(this.file('pm2.pid'))
    if (daemon === 0) return
    const apps = childrenOf(daemon)
    for (const pid of [daemon, ...apps]) process.kill(pid, 'SIGKILL')
    await until('the daemon has ended', () => ![daemon, ...apps].some(lives))
  }
}

export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
