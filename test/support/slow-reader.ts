import { connect, type NetConnectOpts, type Socket } from 'node:net'

/** How much one read takes, and how long it rests after it. */
export interface Pace {
  readonly bytes: number
  readonly everyMs: number
}

/** A client that reads all the time, but slowly: a plain net.Socket would take what is there in reads of 64 KiB. */
export class SlowReader {
  readonly socket: Socket
  received = 0
  /** Resolves with how it ended: with a FIN, or with an error's code. */
  readonly ended: Promise<string>
  /** `performance.now()` of the last read. */
  lastReadMs = 0
  #hurries = false
  readonly #pace: Pace
  #stopped = false

  constructor(target: NetConnectOpts, pace: Pace) {
    this.#pace = pace
    const onread = { buffer: Buffer.allocUnsafe(pace.bytes), callback: (size: number) => this.#read(size) }
    this.socket = connect({ ...target, allowHalfOpen: true, onread })
    this.ended = new Promise((resolve) => {
      this.socket.on('end', () => resolve('FIN'))
      this.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
    // Without a reader of its stream there is no end of it.
    this.socket.resume()
  }

  /** Reads the rest as fast as it can. */
  hurry(): void {
    this.#hurries = true
  }

  /** Reads nothing more. */
  stop(): void {
    this.#stopped = true
  }

  #read(size: number): boolean {
    this.received += size
    this.lastReadMs = performance.now()
    if (this.#stopped) return false
    if (this.#hurries) return true
    setTimeout(() => this.#stopped || this.socket.resume(), this.#pace.everyMs)
    return false
  }
}
