import type { Relay } from '../engine/engine.ts'
import type { ConnectionRecord } from '../proxy/connection-record.ts'

/** The fields of a connection's line, in their order. docs/access-log.md is made from this list. */
export const ACCESS_FIELDS = {
  connectionId: 'Unique across workers and restarts.',
  listener: 'The listener that accepted it.',
  client: 'The address that the client connected from.',
  upstream: 'The upstream that the listener leads to.',
  server: 'The server that was reached, or the last one that was tried; absent if none was.',
  engine: 'How the bytes were moved.',
  outcome: 'How it ended: one word of docs/outcomes.md.',
  endedBy: 'Who ended it: client, upstream or proxy. For `completed`, whose FIN came first.',
  phase: 'Where in its life it ended: admit, dial or relay.',
  durationMs: 'From accept to close.',
  dialMs: 'From accept until a server was reached, name resolution and failed attempts included; absent if none was.',
  attempts: 'How many addresses were dialled.',
  firstByteMs: 'From accept to the first byte delivered to the client; absent if there was none.',
  halfOpenMs: 'From the first FIN that was passed on to the close; absent if there was none.',
  bytesToUpstream: 'Bytes that the server’s socket took.',
  bytesToClient: 'Bytes that the client’s socket took.',
  error: 'The system’s error code, or the message of a defect; absent if there was no error.',
} as const

/** The line of an ended connection; `worker`, `time` and `level` are added by the logger. */
export const accessLine = (record: ConnectionRecord): Record<keyof typeof ACCESS_FIELDS, unknown> => {
  const { acceptedMs, endedMs, relay } = record
  const since = (ms: number | undefined): number | undefined => (ms ? ms - acceptedMs : undefined)
  return {
    connectionId: record.connectionId,
    listener: record.listener,
    client: record.client,
    upstream: record.upstream,
    server: record.server?.name,
    engine: record.engine,
    outcome: record.outcome,
    endedBy: record.endedBy,
    phase: record.phase,
    durationMs: endedMs - acceptedMs,
    dialMs: since(record.dialledMs),
    attempts: record.attempts,
    firstByteMs: since(relay?.toClient.firstByteMs),
    halfOpenMs: relay && halfOpenMs(relay, endedMs),
    bytesToUpstream: relay?.toUpstream.bytes ?? 0,
    bytesToClient: relay?.toClient.bytes ?? 0,
    error: record.error && ((record.error as NodeJS.ErrnoException).code ?? record.error.message),
  }
}

const halfOpenMs = ({ toUpstream, toClient }: Relay, endedMs: number): number | undefined => {
  const firstFinMs = Math.min(
    toUpstream.endedMs || Number.POSITIVE_INFINITY,
    toClient.endedMs || Number.POSITIVE_INFINITY,
  )
  return Number.isFinite(firstFinMs) ? endedMs - firstFinMs : undefined
}
