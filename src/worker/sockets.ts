import type { BoundSocket } from '../engine/engine.ts'
import { NOTHING_SERVED, type ServingState, socketsIn } from '../serving/state.ts'

/** The bound sockets that the primary has sent and that no service accepts on yet. They arrive before the state that names them. */
export class SocketStore {
  readonly #sockets = new Map<number, BoundSocket>()
  readonly #passed = new Set<number>()
  #isClosed = false

  /** @param isPassed see `isPassed` */
  put(number: number, socket: BoundSocket, isPassed = false): void {
    if (this.#isClosed) return closeSocket(socket)
    this.#sockets.set(number, socket)
    if (isPassed) this.#passed.add(number)
  }

  /** Another program has them open as well, or no longer. */
  share(numbers: readonly number[], areShared: boolean): void {
    for (const number of numbers) {
      if (areShared) this.#passed.add(number)
      else this.#passed.delete(number)
    }
  }

  /** Whether systemd or another copyloop has it open as well: who waits there when we end is left to the next copyloop. */
  isPassed(number: number): boolean {
    return this.#passed.has(number)
  }

  has(number: number): boolean {
    return this.#sockets.has(number)
  }

  /** @throws Error if the primary has not sent it, or it was already taken */
  take(number: number): BoundSocket {
    const socket = this.#sockets.get(number)
    if (socket === undefined) throw new Error(`the listening socket ${number} was not received`)
    this.#sockets.delete(number)
    return socket
  }

  /** Closes sockets that `state` does not name: an older state named them and no service took them. */
  closeUnnamed(state: ServingState): void {
    const named = socketsIn(state)
    for (const [number, socket] of this.#sockets) {
      if (named.has(number)) continue
      this.#sockets.delete(number)
      closeSocket(socket)
    }
  }

  /** No service takes any from now on: those that are here are closed, and those that still come. */
  close(): void {
    this.#isClosed = true
    this.closeUnnamed(NOTHING_SERVED)
  }
}

const closeSocket = (socket: BoundSocket): void => {
  if (typeof socket !== 'number') socket.close()
}

/**
 * @param acceptsOn whether a listener has a socket already
 * @throws Error if the state names something that there is not
 */
export const refuseIncomplete = (
  { listeners, upstreams }: ServingState,
  store: SocketStore,
  acceptsOn: (listener: string, socket: number) => boolean,
): void => {
  for (const [name, { upstream, sockets }] of listeners) {
    if (!upstreams.has(upstream)) throw new Error(`no upstream is named "${upstream}"`)
    const missing = sockets.find((socket) => !acceptsOn(name, socket) && !store.has(socket))
    if (missing !== undefined) throw new Error(`the listening socket ${missing} was not received`)
  }
}
