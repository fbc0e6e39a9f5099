import { type ServingState, socketsIn } from '../../serving/state.ts'

/**
 * Closes the listening sockets that an edit has taken out of the state. A socket that is still on its way to a worker
 * stays open until it has arrived: Node sends handles one by one, and one that is closed while it waits is not sent.
 */
export class LeavingSockets {
  readonly #close: (socket: number) => void
  readonly #leaving = new Set<number>()

  constructor(close: (socket: number) => void) {
    this.#close = close
  }

  /** An edit has made one state out of the other. */
  note(from: ServingState, to: ServingState): void {
    if (from.listeners === to.listeners) return
    for (const socket of socketsIn(from)) this.#leaving.add(socket)
    for (const socket of socketsIn(to)) this.#leaving.delete(socket)
  }

  /** Closes all but those that are still needed. */
  closeAllBut(isNeeded: (socket: number) => boolean): void {
    for (const socket of this.#leaving) {
      if (isNeeded(socket)) continue
      this.#leaving.delete(socket)
      this.#close(socket)
    }
  }
}
