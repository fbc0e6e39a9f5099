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
 *
 * Both are copyloop, of the same user and version, so that shapes are trusted, as those of the primary are. Nothing is
 * loaded to check them: a worker that hands over may have no descriptor left, or the files of another version on its disk.
 */
import type { GivenFlow, GivenPeer, GivenRelay } from '../../engine/hand-over/given-relay.ts'
import type { GivenFacts } from '../../proxy/hand-over/given-connection.ts'
import type { FailedAttempt } from '../../proxy/record.ts'

/** A change that an older process would misunderstand needs another number. */
export const VERSION = 1

/** Where undelivered bytes are: behind the JSON, or in a pipe whose ends come as descriptors. */
export type WaitingMessage =
  | { readonly kind: 'memory'; readonly size: number; readonly ours: number }
  | { readonly kind: 'pipe'; readonly size: number }

export interface FlowMessage extends Omit<GivenFlow, 'waiting'> {
  readonly waiting?: WaitingMessage | undefined
}

export interface AttemptMessage extends Pick<FailedAttempt, 'beganMs' | 'ms'> {
  readonly server: string
  readonly error: { readonly message: string; readonly code?: string | undefined }
}

export type FactsMessage = Omit<GivenFacts, 'tried'> & { readonly tried?: readonly AttemptMessage[] | undefined }

/** Times are `hostMs`. */
export interface ConnectionMessage extends Pick<GivenRelay, 'firstFin' | 'resetBy'> {
  readonly kind: 'connection'
  readonly facts: FactsMessage
  readonly client: Omit<GivenPeer, 'descriptor'>
  readonly upstream: Omit<GivenPeer, 'descriptor'>
  readonly toUpstream: FlowMessage
  readonly toClient: FlowMessage
}

export type ToTaker = { readonly kind: 'hello'; readonly version: number; readonly worker: number } | ConnectionMessage

export type ToGiver =
  | {
      readonly kind: 'knows'
      readonly listeners: readonly string[]
      readonly servers: readonly { readonly upstream: string; readonly server: string }[]
    }
  | { readonly kind: 'welcome'; readonly version: number; readonly worker: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'taken'; readonly count: number }

const LENGTH_BYTES = 4

export const encode = (message: ToTaker | ToGiver, undelivered: readonly Uint8Array[] = []): Buffer => {
  const json = Buffer.from(JSON.stringify(message))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(json.length)
  return Buffer.concat([length, json, ...undelivered])
}

/** The message, and the bytes behind it. @throws Error if it is no message of this protocol */
export const decode = <Message extends ToTaker | ToGiver>(
  bytes: Buffer,
): { readonly message: Message; readonly undelivered: Buffer } => {
  const end = LENGTH_BYTES + (bytes.length < LENGTH_BYTES ? 0 : bytes.readUInt32LE())
  const message: unknown = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end))
  if (typeof message !== 'object' || message === null || !('kind' in message)) throw new Error('a message has no kind')
  return { message: message as Message, undelivered: bytes.subarray(end) }
}
