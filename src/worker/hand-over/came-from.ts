import process from 'node:process'
import { nowMs } from '../../clock.ts'
import type { CameAlive, ConnectionRecord } from '../../proxy/record.ts'

/** What the taker notes of a connection's way, which leaves this worker now. */
export const cameFrom = (
  { idOf, workerId }: { readonly workerId: number; idOf(record: ConnectionRecord): string },
  record: ConnectionRecord,
): CameAlive => ({
  connectionId: idOf(record),
  times: (record.came?.times ?? 0) + 1,
  atMs: nowMs(),
  fromWorker: workerId,
  fromPid: process.pid,
  acceptedBy: record.came?.acceptedBy ?? workerId,
})
