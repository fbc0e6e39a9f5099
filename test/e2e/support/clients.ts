import type { Socket } from 'node:net'
import { echo, open } from './echo.ts'
import type { Copyloop } from './proxy.ts'

/** Clients of the listener `web`; who is served has its text back. */
export class Clients {
  /** In the order in which they were served. */
  readonly served: number[] = []
  readonly ended: number[] = []
  readonly sockets: Socket[] = []
  readonly #address: string

  constructor(copyloop: Copyloop) {
    this.#address = copyloop.address('web')
  }

  open(count: number): void {
    for (let opened = 0; opened < count; opened++) {
      const number = this.sockets.length
      const socket = open(this.#address)
      this.sockets.push(socket)
      socket.on('close', () => this.ended.push(number))
      void echo(socket, `${number}`).then(
        () => this.served.push(number),
        () => {},
      )
    }
  }
}
