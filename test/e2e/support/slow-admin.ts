import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Stands before an admin, passes questions on only after a while, and notes how they came. */
export class SlowAdmin {
  /** The paths that were asked for, and when. */
  readonly asked: { readonly path: string; readonly atMs: number }[] = []
  /** The most questions that waited for an answer at the same time. */
  mostAtOnce = 0
  #waiting = 0
  readonly #server: Server

  static async open(admin: string, delayMs: number): Promise<SlowAdmin> {
    const slow = new SlowAdmin(admin, delayMs)
    await once(slow.#server, 'listening')
    return slow
  }

  private constructor(admin: string, delayMs: number) {
    this.#server = createServer(async ({ url = '' }, response) => {
      this.asked.push({ path: url, atMs: performance.now() })
      this.#waiting += 1
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#waiting)
      await pause(delayMs)
      get(`http://${admin}${url}`, (answer) => {
        response.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' })
        answer.pipe(response)
      }).on('error', () => response.destroy())
      response.on('close', () => {
        this.#waiting -= 1
      })
    }).listen(0, '127.0.0.1')
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
