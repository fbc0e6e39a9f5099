/** What workers answer about connections, as the admin shows it. */
import { z } from 'zod'
import { ENGINES } from '../config/schema.ts'
import { OUTCOMES, type Outcome } from '../proxy/outcome.ts'
import { PHASES } from '../proxy/record.ts'
import { STORY_EVENTS } from '../proxy/story/story.ts'

const count = z.int().nonnegative()

const text = z.string()

const common = {
  connectionId: text,
  listener: text,
  worker: count,
  phase: z.enum(PHASES),
  client: text,
  /** The TCP peer, where `client` is from a PROXY header. */
  peer: text.exactOptional(),
  upstream: text,
  /** The server that was reached, or the last that was tried. */
  server: text.exactOptional(),
  engine: z.enum(ENGINES),
  /** Since it was accepted; of an ended one, its duration. */
  ageMs: count,
  bytesToUpstream: count,
  bytesToClient: count,
  /** For how long bytes have waited for a side that does not take them; 0 if none wait. */
  heldMs: count,
  /** From the client's TLS greeting, where an inspector has seen it. */
  serverName: text.exactOptional(),
  /** Those that it began with, as name and version. */
  inspectors: z.array(text).exactOptional(),
  /** Why an inspector blocked it, or another note of one. It may hold bytes from the wire. */
  verdict: text.exactOptional(),
}

const living = {
  /** Since the last delivery, or since it was accepted. */
  idleMs: count,
  bytesPerSecondToUpstream: count,
  bytesPerSecondToClient: count,
  nextClock: z.strictObject({ clock: text, inMs: count }).exactOptional(),
}

/** A row of the table of living connections. */
export const connectionSummary = z.strictObject({ ...common, ...living })
export type ConnectionSummary = z.output<typeof connectionSummary>

/** By what connections are sorted, the largest first. */
export const SORTS = ['age', 'idle', 'bytes', 'rate'] as const
export type Sort = (typeof SORTS)[number]

export const sortKey = (connection: ConnectionSummary, sort: Sort): number => {
  if (sort === 'age') return connection.ageMs
  if (sort === 'idle') return connection.idleMs
  if (sort === 'bytes') return connection.bytesToUpstream + connection.bytesToClient
  return connection.bytesPerSecondToUpstream + connection.bytesPerSecondToClient
}

/** The largest first; equal ones have an order too, so that a list that is asked for again and again stands still. */
export const bySort =
  (sort: Sort) =>
  (one: ConnectionSummary, other: ConnectionSummary): number =>
    sortKey(other, sort) - sortKey(one, sort) || (one.connectionId < other.connectionId ? -1 : 1)

const tcp = z.strictObject({ rttUs: count, rttVarianceUs: count, retransmits: count })

const detail = {
  attempts: count,
  /** Bytes that were read and not acknowledged by the receiver; of an ended one, when it was cut short. */
  pendingToUpstream: count,
  pendingToClient: count,
  tcp: z.strictObject({ client: tcp.exactOptional(), server: tcp.exactOptional() }),
  story: z.array(z.strictObject({ atMs: count, what: z.enum(STORY_EVENTS), text })),
}

/** Everything about a connection that has ended. */
export const endedDetail = z.strictObject({
  living: z.literal(false),
  ...common,
  ...detail,
  outcome: z.enum(Object.keys(OUTCOMES) as [Outcome, ...Outcome[]]),
  endedBy: z.enum(['client', 'upstream', 'proxy']),
  durationMs: count,
  error: text.exactOptional(),
  /** The limit of its listener that refused it. */
  limit: text.exactOptional(),
})
export type EndedDetail = z.output<typeof endedDetail>

/** Everything about one connection. */
export const connectionDetail = z.discriminatedUnion('living', [
  z.strictObject({ living: z.literal(true), ...common, ...living, ...detail }),
  endedDetail,
])
export type ConnectionDetail = z.output<typeof connectionDetail>
