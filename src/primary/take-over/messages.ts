/**
 * What two copyloops say to each other while one takes over from the other: JSON over a descriptor channel, with the
 * listening sockets beside it.
 *
 *     new                                             old
 *      │ hello (version, pid) ─────────────────────▶  │  or refused
 *      │ ◀────────────── sockets (with descriptors)…, end
 *      │ (opens what else it needs, starts workers)   │  serves as before
 *      │ serving (what it has kept) ───────────────▶  │  accepts no more; leaves the admin and the control socket
 *      │ ◀──────────────── totals…, leaves            │
 *      │ ◀──────────────── totals each second         │  its connections finish
 *      │ ◀──────────────── totals, done               │  exits
 *
 * Until `serving`, the end of the channel leaves the old one as it was; until `done`, it accepts again. `leaving` of the new
 * one says that it stops as it was asked to: then nobody goes on.
 */
import { z } from 'zod'
import { isReportedEntry } from '../../ipc/reported-entry.ts'
import type { ReportedEntry } from '../../stats/totals.ts'

/** A program that knows only other versions is refused. */
export const VERSION = 1

const count = z.int().nonnegative()

/** Each has a descriptor beside the message, in this order. */
const offeredSocket = z.object({
  number: count,
  what: z.enum(['listener', 'admin', 'control']),
  /** As in a config, with the actual port. */
  address: z.string(),
  /** systemd has opened it. */
  isPassed: z.boolean(),
})
export type OfferedSocket = z.output<typeof offeredSocket>

const fromSuccessor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), version: count, pid: count }),
  /** Every listener is served. `kept` are the numbers of the sockets that it has; the others are the old one's to close. */
  z.object({
    kind: z.literal('serving'),
    kept: z.array(count),
    /** Where its workers take living connections: addresses of channels. Without any they finish where they are. */
    takers: z.array(z.string()),
  }),
  z.object({ kind: z.literal('leaving') }),
])
export type FromSuccessor = z.output<typeof fromSuccessor>

const fromPredecessor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refused'), reason: z.string() }),
  z.object({ kind: z.literal('sockets'), sockets: z.array(offeredSocket) }),
  z.object({ kind: z.literal('end') }),
  z.object({ kind: z.literal('leaves'), reloads: z.object({ applied: count, refused: count }) }),
  z.object({ kind: z.literal('totals'), entries: z.array(z.custom<ReportedEntry>(isReportedEntry)) }),
  z.object({ kind: z.literal('done') }),
])
export type FromPredecessor = z.output<typeof fromPredecessor>

/** Undefined if it is no such message. */
export type ReadMessage<Message> = (bytes: Buffer) => Message | undefined

const readerOf =
  <Message>(shape: z.ZodType<Message>): ReadMessage<Message> =>
  (bytes) => {
    try {
      return shape.safeParse(JSON.parse(bytes.toString())).data
    } catch {
      return undefined
    }
  }

export const readFromSuccessor = readerOf(fromSuccessor)
export const readFromPredecessor = readerOf(fromPredecessor)
