/** The primary's end of the channel to a worker: no message from it is trusted, and sending never throws. */
import type { SendHandle } from 'node:child_process'
import type { Worker } from 'node:cluster'
import { z } from 'zod'
import { ENGINES } from '../config/schema.ts'
import type { BoundHandle } from '../engine/engine.ts'
import type { ReportedEntry } from '../stats/totals.ts'
import { endedDetail } from './connection-parts.ts'
import type { ToPrimary, ToWorker } from './messages.ts'
import { isReportedEntry } from './reported-entry.ts'

const count = z.int().nonnegative()
const totals = z.array(z.custom<ReportedEntry>(isReportedEntry))

/** Of a warning. It goes on to the dashboard as it is. */
const LONGEST_LINE = 16 * 1024

const isJsonObject = (line: string): boolean => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !line.includes('\n')
  } catch {
    return false
  }
}

const toPrimary: z.ZodType<ToPrimary> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  z.object({
    kind: z.literal('ready'),
    engine: z.enum(ENGINES),
    connectionPrefix: z.string(),
    insteadBecause: z.string().exactOptional(),
    unsharedBecause: z.string().exactOptional(),
  }),
  z.object({ kind: z.literal('serves'), version: count }),
  z.object({ kind: z.literal('cannotApply'), version: count }),
  z.object({ kind: z.literal('needsState') }),
  z.object({ kind: z.literal('answer'), question: count, parts: z.array(z.unknown()), last: z.boolean() }),
  z.object({ kind: z.literal('cannotServe'), reason: z.string() }),
  z.object({
    kind: z.literal('report'),
    changed: totals,
    left: totals,
    ended: z.array(endedDetail),
    rssBytes: count,
    eventLoopDelayP99Ms: z.number().nonnegative(),
  }),
  z.object({ kind: z.literal('warned'), line: z.string().max(LONGEST_LINE).refine(isJsonObject) }),
  z.object({ kind: z.literal('logOpened'), error: z.string().exactOptional() }),
  z.object({
    kind: z.literal('dialsFailed'),
    servers: z.array(
      z.object({
        upstream: z.string(),
        server: z.string(),
        error: z.string(),
        times: count,
        failedAtMs: z.array(z.number().nonnegative()),
        reachedAtMs: z.number().nonnegative(),
      }),
    ),
  }),
  z.object({
    kind: z.literal('drained'),
    totals,
    ended: z.array(endedDetail),
    endedByThemselves: count,
    cutShort: count,
    handedOver: count,
  }),
])

const KINDS = new Set<unknown>([
  'started',
  'ready',
  'serves',
  'cannotApply',
  'needsState',
  'cannotServe',
  'answer',
  'report',
  'warned',
  'logOpened',
  'dialsFailed',
  'drained',
] satisfies ToPrimary['kind'][])

const isOurs = (raw: unknown): boolean =>
  typeof raw === 'object' && raw !== null && 'kind' in raw && KINDS.has(raw.kind)

/** Reads a worker's message. `foreign`: not our protocol (monitoring agents send `axm:*`); `malformed`: ours, but invalid. */
export const readFromWorker = (raw: unknown): ToPrimary | 'foreign' | 'malformed' => {
  if (!isOurs(raw)) return 'foreign'
  const read = toPrimary.safeParse(raw)
  return read.success ? read.data : 'malformed'
}

/** The other process has ended, but its `exit` event has not come yet: that event is handled elsewhere. */
const isReceiverGone = (error: NodeJS.ErrnoException): boolean =>
  ['EPIPE', 'ECONNRESET', 'ERR_IPC_CHANNEL_CLOSED', 'ERR_IPC_DISCONNECTED'].includes(error.code ?? '')

/**
 * Sends, or does nothing when the worker is gone. Any other failure is a defect and goes to `onDefect`.
 *
 * @param handle of a bound socket, which is sent along and stays open here
 */
export const sendToWorker = (
  worker: Worker,
  message: ToWorker,
  onDefect: (error: Error) => void,
  handle?: BoundHandle,
): void => {
  if (!worker.isConnected()) return
  // The typings know of sockets and servers only; Node sends the handle behind them as well.
  worker.send(message, handle as SendHandle | undefined, {}, (error) => {
    if (error && !isReceiverGone(error)) onDefect(error)
  })
}
