/** How a side's receiving direction ended, as its kernel reported it. */
export type Arrival =
  | 'open'
  | 'fin'
  /** A read met the RST: everything that had arrived before it was read. */
  | 'reset'
  /** A write met it first: node:net reads no more, so something may have been left unread. */
  | 'cutByWrite'
  /** This end reset, and reads no more. */
  | 'closed'

/** What one end of a connection has done and observed. */
export interface SideFacts {
  /** Unix sockets have no RST: there a reset is a close, and is seen as one. */
  readonly isUnix: boolean
  readonly sent: number
  readonly received: number
  /** The offset of the first byte that was not the one that the other side sent there. */
  readonly wrongAt: number | undefined
  readonly arrival: Arrival
  /** It has sent FIN, behind all its bytes. */
  readonly finished: boolean
  readonly reset: boolean
  /** How much of what it sent the proxy's kernel had when this end reset. */
  readonly acknowledged: number
}

export const isCut = ({ arrival }: SideFacts): boolean => arrival === 'reset' || arrival === 'cutByWrite'

/** The fields of an access-log line that are checked. */
export interface Line {
  readonly listener: string
  readonly client: string
  readonly upstream: string
  /** Missing if none was reached. */
  readonly server?: string
  readonly engine: string
  readonly outcome: string
  readonly endedBy: string
  readonly phase: string
  readonly worker: number
  readonly connectionId: string
  /** How often it has moved to another worker; missing if it has not. */
  readonly handedOver?: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
}

/** All facts about a connection at its end. */
export interface ConnectionFacts {
  readonly client: SideFacts
  /** Missing if the server never got the client's number. */
  readonly server: SideFacts | undefined
  /** What such a server sends to a client that says nothing, if it is always the same. */
  readonly strangerSends?: number
  /** Its listener admits only few at a time. */
  readonly isLimited?: boolean
  readonly line: Line | undefined
}
