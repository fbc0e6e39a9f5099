import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import type { BoundHandle } from '../../engine/engine.ts'
import { withSockets } from '../../serving/edits.ts'
import type { ListeningSockets } from '../sockets/listeners.ts'
import type { StateOwner } from '../state-owner.ts'
import type { Supervisor } from '../workers/supervisor.ts'

export interface SharedSocketsParts {
  readonly sockets: ListeningSockets
  readonly owner: StateOwner
  readonly supervisor: Pick<Supervisor, 'tell'>
}

/**
 * The listening sockets of this copyloop while another one has them as well. Its workers know: one that finishes with a
 * socket holds off new clients in every process that has it (docs/decisions/0020), the other copyloop's too.
 */
export class SharedSockets {
  readonly #parts: SharedSocketsParts

  constructor(parts: SharedSocketsParts) {
    this.#parts = parts
  }

  share(handles: readonly BoundHandle[]): void {
    this.#parts.sockets.elsewhere.share(handles)
    this.#tell(true)
  }

  /** The other copyloop goes on with these. Nobody accepts here any more, on these or others; others are closed. */
  give(handles: readonly BoundHandle[]): void {
    const { sockets, owner } = this.#parts
    sockets.elsewhere.takeBack()
    sockets.elsewhere.give(handles)
    this.#tell(false)
    owner.edit((state) => withSockets(state, () => []))
  }

  /** They are this copyloop's alone. */
  takeBack(): void {
    this.#parts.sockets.elsewhere.takeBack()
    this.#tell(false)
  }

  /** After `give` and `takeBack`: the workers accept as before. */
  async acceptAgain({ listeners }: Config, logger: Logger): Promise<void> {
    const { sockets, owner } = this.#parts
    try {
      const { numbersOf } = await sockets.prepare(listeners)
      owner.edit((state) => withSockets(state, numbersOf))
    } catch (err) {
      logger.error({ err }, 'not every listener can be opened again; the others go on')
      owner.edit((state) => withSockets(state, (listener) => sockets.numbersOf(listener)))
    }
  }

  /** Nobody is to go on with those that were given: clients are to be refused, and not to wait for ever. */
  closeGiven(): void {
    const { sockets } = this.#parts
    // libuv would remove the file of a unix socket, which is the other copyloop's.
    for (const { handle, file } of sockets.all)
      if (file === undefined && sockets.elsewhere.isGiven(handle)) handle.close()
  }

  #tell(areShared: boolean): void {
    const { sockets, supervisor } = this.#parts
    const numbers = sockets.all.flatMap(({ number, handle }) =>
      sockets.elsewhere.has(handle) === areShared ? number : [],
    )
    supervisor.tell({ kind: 'sharedSockets', sockets: numbers, areShared })
  }
}
