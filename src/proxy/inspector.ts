/**
 * What the data path knows of inspection: a connection may have a tap, and its inspectors may leave notes in its record.
 * Which code inspects the bytes, and in which thread, is decided above it.
 */
import type { Tap } from '../engine/engine.ts'
import type { ConnectionRecord, EndRecord, InspectionNotes, LivingConnection } from './record.ts'

/** The inspection of one connection. It may end the connection with `cut`. */
export interface Inspection {
  /** The engine asks it before it delivers. */
  readonly tap: Tap
  readonly inspected: InspectionNotes
  /** Called once, when the connection has ended. */
  closed(record: ConnectionRecord, ended: EndRecord): void
}

/** Begins the inspection of a connection whose server was reached; `server` is the server's actual address. */
export type Inspect = (connection: LivingConnection, server: string) => Inspection
