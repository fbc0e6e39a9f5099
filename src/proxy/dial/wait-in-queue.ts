import { nowMs } from '../../clock.ts'
import type { Waiting } from '../../upstream/queue.ts'
import type { Server } from '../../upstream/server.ts'
import type { ConnectionEvents, ConnectionRecord } from '../record.ts'

/** Waits for a place at a server, as a phase of its own; the phase stays if the wait is cut short. */
export const waitInQueue = async (
  { server }: Waiting,
  record: ConnectionRecord,
  events: ConnectionEvents,
): Promise<Server> => {
  const beganMs = nowMs()
  record.phase = 'queue'
  record.queue ??= { beganMs, ms: 0, endedMs: 0 }
  events.queued(record)
  try {
    const found = await server
    record.phase = 'dial'
    return found
  } finally {
    const { beganMs: firstMs, ms } = record.queue
    const endedMs = nowMs()
    record.queue = { beganMs: firstMs, ms: ms + endedMs - beganMs, endedMs }
    events.leftQueue(record)
  }
}
