import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** A terminal whose screen can be read, with a shell in it. */
export class TmuxTerminal {
  /** Has the socket of a server of its own: nobody's settings, nobody's sessions. */
  readonly #directory = mkdtempSync(join(tmpdir(), 'copyloop-'))

  constructor(columns: number, rows: number, environment: Readonly<Record<string, string>> = {}) {
    const { TMUX: _, ...inherited } = process.env
    const env = { ...inherited, LC_ALL: 'C.UTF-8', PS1: '$ ', ENV: '', ...environment }
    const size = ['-x', String(columns), '-y', String(rows)]
    execFileSync('tmux', [...this.#server, '-f', '/dev/null', 'new-session', '-d', ...size, 'sh'], { env })
  }

  /** Keys by tmux's names for them (`Enter`, `Down`, `C-c`), or what is typed. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** The lines of the screen, without the spaces at their ends. */
  get lines(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n').slice(0, -1)
  }

  get screen(): string {
    return this.lines.join('\n')
  }

  /** The same with its colours. */
  get painted(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Whether a program has the alternate screen, and hides the cursor. */
  get isTaken(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}#{cursor_flag}').trim() === '10'
  }

  /** Whether the screen is the shell's, with its cursor and its wrapping of lines. */
  get isGivenBack(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}#{cursor_flag}#{wrap_flag}').trim() === '011'
  }

  /** Waits until the screen is as wanted, and returns it. */
  async until(what: string, isWanted: (screen: string) => boolean, withinMs = 20_000): Promise<string> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const { screen } = this
      if (isWanted(screen)) return screen
      if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}\n${screen}`)
      await pause(50)
    }
  }

  close(): void {
    spawnSync('tmux', [...this.#server, 'kill-server'])
    rmSync(this.#directory, { recursive: true })
  }

  get #server(): string[] {
    return ['-S', join(this.#directory, 'socket')]
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', [...this.#server, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }
}
