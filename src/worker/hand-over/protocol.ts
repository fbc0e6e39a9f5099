/**
 * What two workers say to each other while one hands its connections over to the other, on a channel that carries
 * descriptors. Each message is JSON, behind its length (32 bits, little-endian); then come bytes that were not delivered.
 *
 *   giver                              taker
 *     │  hello: version, worker          │
 *     ├─────────────────────────────────▶│
 *     │            knows: its listeners and servers, in parts
 *     │◀─────────────────────────────────┤
 *     │            welcome: version, worker        (or refused: a version that it does not know)
 *     │◀─────────────────────────────────┤
 *     │  connection + its descriptors    │
 *     ├─────────────────────────────────▶│
 *     │            taken: how many more it has now
 *     │◀─────────────────────────────────┤
 *
 * The giver keeps each connection, standing still, until it is taken. If the channel ends before, the taker is dead, and
 * what had been sent is reset. A kind of message that is not known is passed over.
 */
import { z } from 'zod'

/** A change that an older process would misunderstand needs another number. */
export const VERSION = 1

const number = z.number()
const count = z.int().nonnegative()
const text = z.string()

const flow = z.object({
  bytes: count,
  firstByteMs: number,
  lastByteMs: number,
  heldSinceMs: number,
  endedMs: number,
  acknowledged: number,
  isOver: z.boolean(),
  /** How many undelivered bytes there are, and where: behind the JSON, or in a pipe whose ends come as descriptors. */
  waiting: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('memory'), size: count, ours: count }),
      z.object({ kind: z.literal('pipe'), size: count }),
    ])
    .optional(),
})

const peer = z.object({
  key: z.union([text, number]),
  error: z.object({ errno: number, syscall: text }).optional(),
})

const side = z.enum(['client', 'upstream']).optional()

/** Times are `hostMs`. */
export const connectionMessage = z.object({
  kind: z.literal('connection'),
  facts: z.object({
    listener: text,
    upstream: text,
    server: text,
    acceptedMs: number,
    dialledMs: number,
    attempts: count,
    came: z.object({
      connectionId: text,
      times: count,
      atMs: number,
      fromWorker: count,
      fromPid: count,
      acceptedBy: count,
    }),
    proxied: z
      .object({
        version: z.enum(['v1', 'v2']),
        client: text.optional(),
        uniqueId: text.optional(),
        readMs: number,
      })
      .optional(),
    queue: z.object({ beganMs: number, ms: number, endedMs: number }).optional(),
    tried: z
      .array(
        z.object({
          server: text,
          error: z.object({ message: text, code: text.optional() }),
          beganMs: number,
          ms: number,
        }),
      )
      .optional(),
  }),
  client: peer,
  upstream: peer,
  toUpstream: flow,
  toClient: flow,
  firstFin: side,
  resetBy: side,
})
export type ConnectionMessage = z.output<typeof connectionMessage>

export const toTaker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), version: count, worker: count }),
  connectionMessage,
])
export type ToTaker = z.output<typeof toTaker>

export const toGiver = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('knows'),
    listeners: z.array(text),
    servers: z.array(z.object({ upstream: text, server: text })),
  }),
  z.object({ kind: z.literal('welcome'), version: count, worker: count }),
  z.object({ kind: z.literal('refused'), reason: text }),
  z.object({ kind: z.literal('taken'), count }),
])
export type ToGiver = z.output<typeof toGiver>

const LENGTH_BYTES = 4

export const encode = (message: ToTaker | ToGiver, undelivered: readonly Uint8Array[] = []): Buffer => {
  const json = Buffer.from(JSON.stringify(message))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(json.length)
  return Buffer.concat([length, json, ...undelivered])
}

/**
 * The message, and the bytes behind it; undefined for a kind that is not known.
 *
 * @throws Error if it is no message of this protocol
 */
export const decode = <Message>(
  bytes: Buffer,
  kinds: z.ZodType<Message>,
): { readonly message: Message | undefined; readonly undelivered: Buffer } => {
  const end = LENGTH_BYTES + (bytes.length < LENGTH_BYTES ? 0 : bytes.readUInt32LE())
  const parsed = kinds.safeParse(JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)))
  return { message: parsed.data, undelivered: bytes.subarray(end) }
}
