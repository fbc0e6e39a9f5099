import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Copyloop, writeConfig } from './proxy.ts'

const PROGRAM = fileURLToPath(new URL('../children/editable.mjs', import.meta.url))

/** A running copyloop of which a test can edit what is served. */
export class EditableCopyloop extends Copyloop {
  #last = 0

  /** Resolves with what the edit answers, once it is made; the workers follow. */
  async edit(edit: string, details: object = {}): Promise<unknown> {
    const id = ++this.#last
    this.process.send({ id, edit, ...details })
    for (;;) {
      const [message] = (await once(this.process, 'message')) as [{ id?: number; result?: unknown }]
      if (message.id === id) return message.result
    }
  }

  /** Resolves once every worker serves the newest version. */
  async untilServed(): Promise<void> {
    const version = await this.edit('version')
    await this.untilStats(`version ${version} is served`, ({ workers }) =>
      workers.every(({ stateVersion }) => stateVersion === version),
    )
  }
}

export const runEditable = async (config: object): Promise<EditableCopyloop> => {
  const copyloop = new EditableCopyloop([writeConfig(config)], {}, process.cwd(), 'true', PROGRAM)
  await copyloop.serving()
  return copyloop
}
