/** The primary's end of the channel to a worker: nothing that comes over it is trusted, nothing sent on it can throw. */
import type { Worker } from 'node:cluster'
import { z } from 'zod'
import { ENGINES } from '../config/schema.ts'
import { OUTCOMES, type Outcome } from '../proxy/outcome.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

const count = z.int().nonnegative()

const connectionCounts = z.object({
  connectionsAccepted: count,
  connectionsActive: count,
  bytesToUpstream: count,
  bytesToClient: count,
  outcomes: z.partialRecord(z.enum(Object.keys(OUTCOMES) as Outcome[]), count),
})

const serverCounts = z.object({
  connectionsActive: count,
  connectionsTotal: count,
  dialFailures: count,
  bytesToUpstream: count,
  bytesToClient: count,
})

const inspectorCounts = z.object({
  threads: count,
  queueLength: count,
  chunks: count,
  bytes: count,
  verdicts: z.object({ pass: count, detach: count, hold: count, replace: count, block: count }),
  failures: count,
  timeUs: z.record(z.string(), count),
})

const totals = z.object({
  listeners: z.record(z.string(), connectionCounts),
  servers: z.record(z.string(), z.record(z.string(), serverCounts)),
  inspectors: z.record(z.string(), z.record(z.string(), inspectorCounts)).exactOptional(),
  logLinesLost: count.exactOptional(),
})

const toPrimary: z.ZodType<ToPrimary> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  z.object({ kind: z.literal('ready'), engine: z.enum(ENGINES), insteadBecause: z.string().exactOptional() }),
  z.object({ kind: z.literal('cannotServe'), reason: z.string() }),
  z.object({ kind: z.literal('report'), totals, rssBytes: count, eventLoopDelayP99Ms: z.number().nonnegative() }),
  z.object({ kind: z.literal('logOpened'), error: z.string().exactOptional() }),
  z.object({
    kind: z.literal('dialsFailed'),
    upstream: z.string(),
    server: z.string(),
    error: z.string(),
    times: count,
  }),
  z.object({ kind: z.literal('drained'), totals, endedByThemselves: count, cutShort: count }),
])

const KINDS = new Set<unknown>([
  'started',
  'ready',
  'cannotServe',
  'report',
  'logOpened',
  'dialsFailed',
  'drained',
] satisfies ToPrimary['kind'][])

const isOurs = (raw: unknown): boolean =>
  typeof raw === 'object' && raw !== null && 'kind' in raw && KINDS.has(raw.kind)

/** A worker's message. `foreign`: not our protocol (monitoring agents send `axm:*`); `malformed`: ours, but not to be believed. */
export const readFromWorker = (raw: unknown): ToPrimary | 'foreign' | 'malformed' => {
  if (!isOurs(raw)) return 'foreign'
  const read = toPrimary.safeParse(raw)
  return read.success ? read.data : 'malformed'
}

/** The other process has ended and its end is not known here yet. Its `exit` says everything there is to say. */
const isReceiverGone = (error: NodeJS.ErrnoException): boolean =>
  ['EPIPE', 'ECONNRESET', 'ERR_IPC_CHANNEL_CLOSED', 'ERR_IPC_DISCONNECTED'].includes(error.code ?? '')

/** Sends, or does nothing when the worker is gone. Any other failure is a defect and goes to `onDefect`. */
export const sendToWorker = (worker: Worker, message: ToWorker, onDefect: (error: Error) => void): void => {
  if (!worker.isConnected()) return
  worker.send(message, (error) => {
    if (error && !isReceiverGone(error)) onDefect(error)
  })
}
