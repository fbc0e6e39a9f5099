import { Copyloop, newDirectory, writeConfig } from './proxy.ts'

/** What a reload has answered. */
export interface Answer {
  readonly status: number
  readonly body: {
    readonly applied: boolean
    readonly stateVersion?: number
    readonly partial?: boolean
    readonly plan?: { readonly changes: readonly Change[]; readonly needsRestart: readonly Change[] }
    readonly problems?: readonly { readonly path: string; readonly line?: number; readonly message: string }[]
  }
}

interface Change {
  readonly path: string
  readonly change: string
  readonly connections: number
  readonly effect: string
}

/** A copyloop whose config can be written anew. */
export class Reloading {
  readonly copyloop: Copyloop
  readonly directory: string

  static async run(config: object, directory = newDirectory()): Promise<Reloading> {
    const copyloop = new Copyloop(['run', '-c', writeConfig(config, directory)])
    return new Reloading(await copyloop.serving(), directory)
  }

  private constructor(copyloop: Copyloop, directory: string) {
    this.copyloop = copyloop
    this.directory = directory
  }

  write(config: object): void {
    writeConfig(config, this.directory)
  }

  /** Writes the config and has it applied. */
  async to(config: object): Promise<Answer> {
    this.write(config)
    return this.ask()
  }

  async ask(query = ''): Promise<Answer> {
    const response = await this.copyloop.admin(`/reload${query}`, { method: 'POST' })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
}
