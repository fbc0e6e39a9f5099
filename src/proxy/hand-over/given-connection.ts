import type { GivenRelay } from '../../engine/hand-over/given-relay.ts'
import type { Server } from '../../upstream/server.ts'
import type { ConnectionRecord } from '../record.ts'

/** What else is known of a connection that one process gives to another. Times are `nowMs()`. */
export type GivenFacts = Pick<
  ConnectionRecord,
  'acceptedMs' | 'attempts' | 'dialledMs' | 'listener' | 'proxied' | 'queue' | 'tried' | 'upstream'
> & {
  readonly server: string
  readonly came: NonNullable<ConnectionRecord['came']>
}

/** The process that was about to take a connection is gone, and the connection with it. No defect of this process. */
export class LostOnItsWay extends Error {
  override readonly name = 'LostOnItsWay'
}

/** A living connection as one process gives it to another. */
export interface GivenConnection {
  readonly facts: GivenFacts
  readonly relay: GivenRelay
}

/** @param came as the taker is to note it */
export const factsOf = (record: ConnectionRecord, server: Server, came: GivenFacts['came']): GivenFacts => {
  const { acceptedMs, attempts, dialledMs, listener, proxied, queue, tried, upstream } = record
  return { acceptedMs, attempts, dialledMs, listener, proxied, queue, tried, upstream, server: server.name, came }
}

/** Makes the record of a connection that begins now that of one that was given. */
export const takeFacts = (record: ConnectionRecord, facts: GivenFacts, server: Server): void => {
  const { acceptedMs, attempts, came, dialledMs, proxied, queue, tried } = facts
  Object.assign(record, { acceptedMs, attempts, came, dialledMs, proxied, queue, tried, server, phase: 'relay' })
}
