import type { ConnectionRecord, EndRecord } from '../../proxy/record.ts'
import type { ConnectionSummary } from '../api/define-inspector.ts'

/** An inspection that could not be done, and the connection may not go on without. */
export class InspectionFailed extends Error {
  override readonly name = 'InspectionFailed'
}

/** The summary of a connection that has ended, for its inspectors. */
export const summaryOf = (
  { acceptedMs, relay }: ConnectionRecord,
  { outcome, endedBy, endedMs }: EndRecord,
): ConnectionSummary => ({
  outcome,
  endedBy,
  durationMs: endedMs - acceptedMs,
  bytesToUpstream: relay?.toUpstream.bytes ?? 0,
  bytesToClient: relay?.toClient.bytes ?? 0,
})
