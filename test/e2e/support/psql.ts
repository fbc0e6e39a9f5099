import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../../support/until.ts'

const living = new Set<Psql>()

/** For `afterEach`. */
export const endSessions = async (): Promise<void> => {
  for (const session of living) await session.end()
}

/** A session of psql, which is asked one thing after the other. */
export class Psql {
  readonly #child: ChildProcessWithoutNullStreams
  #output = ''
  #asked = 0

  /** @param program psql */
  constructor(program: string, address: string) {
    const [host = '', port = ''] = address.split(':')
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', host, '-p', port, '-U', 'postgres', 'postgres']
    this.#child = spawn(program, args)
    living.add(this)
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text
      })
    // It has ended before it was asked: `ask` says so.
    this.#child.stdin.on('error', () => {})
  }

  /** What it prints, each row a line. */
  async ask(commands: string): Promise<string[]> {
    const mark = `asked ${++this.#asked}`
    this.#output = ''
    this.#child.stdin.write(`${commands};\n\\echo ${mark}\n`)
    const hasEnded = () => this.#child.exitCode !== null
    await until(
      () => `an answer to ${commands}: ${this.#output}`,
      () => this.#output.includes(mark) || hasEnded(),
    )
    if (!this.#output.includes(mark)) throw new Error(`psql has ended at ${commands}: ${this.#output}`)
    return this.#output.split('\n').filter((line) => line !== '' && line !== mark)
  }

  async end(): Promise<void> {
    living.delete(this)
    if (this.#child.exitCode !== null) return
    this.#child.stdin.end()
    await once(this.#child, 'exit')
  }
}
