import { type Direction, directionFrom, oppositeOf } from '../../../engine/direction.ts'
import type { ConnectionInfo, ConnectionSummary } from '../../api/define-inspector.ts'
import { ACK, type EndPoint, endPoints, FIN, frame, LARGEST_PAYLOAD, PSH, RST, SYN } from './frame.ts'
import { fileHeader, packet } from './pcapng.ts'

/** Where both sides begin to count: with 0, tools that show relative numbers and those that do not show the same. */
const FIRST_SEQUENCE = 0
const NOTHING = new Uint8Array()

/** One TCP connection as it could have been on a wire, packet by packet. */
export class Conversation {
  readonly #write: (bytes: Buffer) => void
  readonly #ends: Readonly<Record<Direction, { from: EndPoint; to: EndPoint }>>
  readonly #next: Record<Direction, number> = { toUpstream: FIRST_SEQUENCE, toClient: FIRST_SEQUENCE }

  /** Writes the beginning of the file, and the handshake. */
  constructor(info: ConnectionInfo, write: (bytes: Buffer) => void) {
    this.#write = write
    const { client, server } = endPoints(info.client, info.server)
    this.#ends = { toUpstream: { from: client, to: server }, toClient: { from: server, to: client } }
    write(fileHeader(`copyloop, connection ${info.id} of listener ${info.listener}, upstream ${info.upstream}`))
    this.#send('toUpstream', SYN, NOTHING)
    this.#send('toClient', SYN | ACK, NOTHING)
    this.#send('toUpstream', ACK, NOTHING)
  }

  data(direction: Direction, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += LARGEST_PAYLOAD) {
      this.#send(direction, PSH | ACK, bytes.subarray(at, at + LARGEST_PAYLOAD))
    }
    if (bytes.length > 0) this.#send(oppositeOf(direction), ACK, NOTHING)
  }

  /** The end, as the connection had it: FINs in their order, or resets. */
  end({ outcome, endedBy }: ConnectionSummary): void {
    const first = directionFrom(endedBy === 'upstream' ? 'upstream' : 'client')
    const second = oppositeOf(first)
    if (outcome === 'completed') {
      this.#send(first, FIN | ACK, NOTHING)
      this.#send(second, FIN | ACK, NOTHING)
      this.#send(first, ACK, NOTHING)
      return
    }
    this.#send(first, RST | ACK, NOTHING)
    if (endedBy === 'proxy') this.#send(second, RST | ACK, NOTHING)
  }

  #send(direction: Direction, flags: number, payload: Uint8Array): void {
    const sequence = this.#next[direction]
    const acknowledged = (flags & ACK) === 0 ? 0 : this.#next[oppositeOf(direction)]
    const counted = payload.length + Number((flags & (SYN | FIN)) !== 0)
    this.#next[direction] = (sequence + counted) % 2 ** 32
    const made = frame({ ...this.#ends[direction], sequence, acknowledged, flags, payload })
    this.#write(packet(made, (performance.timeOrigin + performance.now()) * 1000))
  }
}
