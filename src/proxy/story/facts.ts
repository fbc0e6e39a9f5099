import type { EngineName } from '../../config/schema.ts'
import type { Side } from '../../engine/direction.ts'
import type { Flow } from '../../engine/engine.ts'
import type { PeerKey } from '../../engine/peer.ts'
import type {
  CameAlive,
  ConnectionRecord,
  EndRecord,
  FailedAttempt,
  InspectionNotes,
  Phase,
  QueueWait,
} from '../record.ts'

/**
 * What is told of a connection, living or ended: a copy of its record, so that nothing of its sockets is kept. Times are
 * `nowMs()`; 0 means «not yet».
 */
export class ConnectionFacts {
  sequence = 0
  listener = ''
  upstream = ''
  engine: EngineName = 'kernel'
  /** The other end of the connection, as `Peer.key`. */
  peer: PeerKey = ''
  proxied: ConnectionRecord['proxied']
  phase: Phase = 'admit'
  acceptedMs = 0
  queue: QueueWait | undefined
  /** The name of the server that was reached, or the last that was tried. */
  server: string | undefined
  attempts = 0
  tried: readonly FailedAttempt[] | undefined
  dialledMs = 0
  readonly toUpstream = new FlowFacts()
  readonly toClient = new FlowFacts()
  /** The side that has reset, also while that is not passed on yet. */
  resetBy: Side | undefined
  inspected: InspectionNotes | undefined
  came: CameAlive | undefined
  /** How it ended; undefined while it lives. */
  end: EndRecord | undefined

  /** Takes everything from the record: what was here before is forgotten. */
  take(record: ConnectionRecord, end?: EndRecord): this {
    this.sequence = record.sequence
    this.listener = record.listener
    this.upstream = record.upstream
    this.engine = record.engine
    this.peer = record.peer.key
    this.proxied = record.proxied
    this.phase = record.phase
    this.acceptedMs = record.acceptedMs
    this.queue = record.queue
    this.server = record.server?.name
    this.attempts = record.attempts
    this.tried = record.tried
    this.dialledMs = record.dialledMs
    this.toUpstream.take(record.relay?.toUpstream)
    this.toClient.take(record.relay?.toClient)
    this.resetBy = record.relay?.resetBy
    this.inspected = record.inspected
    this.came = record.came
    this.end = end
    return this
  }
}

/** One direction. The fields are those of `Flow`. */
export class FlowFacts {
  bytes = 0
  firstByteMs = 0
  lastByteMs = 0
  heldSinceMs = 0
  endedMs = 0

  take(flow: Flow | undefined): void {
    this.bytes = flow?.bytes ?? 0
    this.firstByteMs = flow?.firstByteMs ?? 0
    this.lastByteMs = flow?.lastByteMs ?? 0
    this.heldSinceMs = flow?.heldSinceMs ?? 0
    this.endedMs = flow?.endedMs ?? 0
  }
}
