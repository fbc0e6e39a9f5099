import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { TmuxTerminal } from '../../support/tmux.ts'
import { until } from '../../support/until.ts'
import { echo, echoServer, openFrom } from './echo.ts'
import { type Copyloop, lives, newDirectory, run } from './proxy.ts'

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))

/** A copyloop with one worker, whose clock alone tells ages, and three connections: the oldest has moved the least. */
export interface Watched {
  readonly copyloop: Copyloop
  readonly admin: string
  readonly server: string
  /** From 127.0.0.1, 127.0.0.2 and 127.0.0.3, by listener web, other and web. */
  readonly sockets: readonly Socket[]
}

export const startWatched = async (admin = '127.0.0.1:0'): Promise<Watched> => {
  const server = await echoServer()
  const listeners = ['web', 'other'].map((name) => ({ name, listen: '127.0.0.1:0', upstream: 'app' }))
  const upstreams = [{ name: 'app', servers: [server] }]
  const copyloop = await run({ admin: { listen: admin }, listeners, upstreams })
  const sockets: Socket[] = []
  for (const [at, listener] of ['web', 'other', 'web'].entries()) {
    const socket = openFrom(`127.0.0.${at + 1}`, copyloop.address(listener))
    await echo(socket, 'x'.repeat(10 ** (at + 2)))
    sockets.push(socket)
  }
  return { copyloop, admin: String(copyloop.log.find((line) => line.admin)?.admin), server, sockets }
}

const terminals: TmuxTerminal[] = []

/** For `afterEach`. */
export const closeTerminals = (): void => {
  for (const terminal of terminals.splice(0)) terminal.close()
}

interface Start {
  readonly columns?: number
  readonly rows?: number
  readonly environment?: Readonly<Record<string, string>>
  /** What runs it, such as setsid(1). */
  readonly by?: string
}

/** A terminal with a shell, which runs `copyloop top`. */
export class TopRun {
  readonly terminal: TmuxTerminal
  readonly #directory = newDirectory()

  constructor(admin: string, { columns = 80, rows = 24, environment = {}, by = '' }: Start = {}) {
    this.terminal = new TmuxTerminal(columns, rows, { COPYLOOP_ADMIN: admin, D: this.#directory, ...environment })
    terminals.push(this.terminal)
    const top = `sh -c 'echo $$ > $D/pid; exec ${process.execPath} ${CLI} top'`
    this.terminal.type(`stty -a > $D/before; ${by} ${top}`)
    this.terminal.press('Enter')
  }

  get pid(): number {
    return Number(this.#noted('pid'))
  }

  /** Waits until it has ended with this status and the shell has the terminal back as it was; returns the screen. */
  async untilEnded(status: number): Promise<string> {
    await until('it has begun', () => this.#noted('pid') !== '')
    await until('it has ended', () => !lives(this.pid))
    this.terminal.type('echo "status $?"; stty -a > $D/after; echo all is noted')
    this.terminal.press('Enter')
    const screen = await this.terminal.until('the shell', (shown) => /^all is noted$/m.test(shown))
    expect(screen).toMatch(new RegExp(`^status ${status}$`, 'm'))
    expect(this.terminal.isGivenBack).toBe(true)
    expect(this.#noted('after')).toBe(this.#noted('before'))
    return screen
  }

  #noted(name: string): string {
    const file = join(this.#directory, name)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
}

/** The same, once it shows the three connections. */
export const watch = async ({ admin }: Watched, start: Start = {}): Promise<TopRun> => {
  const top = new TopRun(admin, start)
  await top.terminal.until('the table', (screen) => screen.includes('of 3 by age'))
  return top
}
