import { connect, type Socket } from 'node:net'
import { answer, answerLength, request, setAnswerId, setRequestId } from './http.ts'
import { now } from './load.ts'

export interface HttpEvents {
  /** `startedAt` is what `send` was given. */
  answered: (connection: HttpConnection, startedAt: number) => void
  failed: (connection: HttpConnection, why: string) => void
}

/**
 * One keep-alive connection with one request at a time; each answer is compared byte for byte with the only right one.
 */
export class HttpConnection {
  readonly #socket: Socket
  readonly #events: HttpEvents
  readonly #request = request()
  readonly #expected = answer()
  #received = 0
  #startedAt = 0
  #id = 0
  #ended = false

  private constructor(socket: Socket, events: HttpEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('close', () => this.#fail('closed by the other side'))
    socket.on('error', (error) => this.#fail(error.message))
  }

  static open(port: number, events: HttpEvents): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new HttpConnection(socket, events))
      })
    })
  }

  /** `startedAt` (nanoseconds) is when the request was due, which may be earlier than now. */
  send(startedAt: number = now()): void {
    this.#startedAt = startedAt
    this.#id = (this.#id + 1) % 100_000_000
    setRequestId(this.#request, this.#id)
    setAnswerId(this.#expected, this.#id)
    // The buffer is reused: the answer to the request before was the proof that all of it had been sent.
    this.#socket.write(this.#request)
  }

  #onData(chunk: Buffer): void {
    const end = this.#received + chunk.length
    if (end > answerLength || this.#expected.compare(chunk, 0, chunk.length, this.#received, end) !== 0) {
      this.#fail('wrong answer')
      this.#socket.destroy()
      return
    }
    this.#received = end
    if (end < answerLength) return
    this.#received = 0
    this.#events.answered(this, this.#startedAt)
  }

  #fail(why: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#events.failed(this, why)
  }
}

/** Opens `count` connections, at most 100 at once so that no backlog overflows. */
export const openMany = async (port: number, count: number, events: HttpEvents): Promise<HttpConnection[]> => {
  const connections: HttpConnection[] = []
  while (connections.length < count) {
    const batch = Array.from({ length: Math.min(100, count - connections.length) }, () =>
      HttpConnection.open(port, events),
    )
    connections.push(...(await Promise.all(batch)))
  }
  return connections
}
