import type { BothWays } from '../engine/direction.ts'

/**
 * Every way a connection can end. The log field, the metric label and docs/outcomes.md all come from this list.
 * `haproxy` is its two-letter termination state (configuration.txt §8.5), `envoy` its response flag, where they have one.
 */
export const OUTCOMES = {
  completed: { says: 'Both sides ended with FIN and everything was delivered.', haproxy: '--', envoy: '-' },
  clientReset: { says: 'The client aborted, or its connection broke.', haproxy: 'CD', envoy: '-' },
  upstreamReset: { says: 'The server aborted, or its connection broke.', haproxy: 'SD', envoy: '-' },
  clientGone: { says: 'The client left before a server was reached.', haproxy: 'CC', envoy: '-' },
  idleTimeout: { says: 'No byte was delivered in either direction for `idle`.', haproxy: 'cD/sD', envoy: '-' },
  stallTimeout: { says: 'A side took none of the bytes held for it for `stall`.', haproxy: 'cD/sD', envoy: '-' },
  halfCloseTimeout: {
    says: 'One side had ended and no byte was delivered in either direction for `halfClose`.',
    haproxy: 'cD/sD',
    envoy: '-',
  },
  maxAge: { says: 'The connection reached `maxAge`.', haproxy: '-', envoy: 'DT' },
  dialRefused: { says: 'The last server that was tried refused the connection.', haproxy: 'SC', envoy: 'UF,URX' },
  dialTimeout: {
    says: 'The last server that was tried did not answer within `connect`.',
    haproxy: 'sC',
    envoy: 'UF,URX',
  },
  dialFailed: {
    says: 'The last server that was tried could not be reached; `error` has the reason.',
    haproxy: 'SC',
    envoy: 'UF,URX',
  },
  noServer: { says: 'The upstream had no server in rotation when the client came.', haproxy: 'SC', envoy: 'UH' },
  queueTimeout: {
    says: 'For the `timeout` of the queue every server that had not failed for it was full, or out of rotation.',
    haproxy: 'sQ',
    envoy: 'UO',
  },
  denied: { says: 'The access lists of the listener do not admit the client.', haproxy: 'PR', envoy: '-' },
  overLimit: {
    says: 'The listener or the client was at one of its limits; or every server that had not failed for it was full, and no more clients could wait.',
    haproxy: 'PC',
    envoy: 'UO',
  },
  badProxyHeader: {
    says: 'What the client sent first was no PROXY header that is accepted, or its peer is not trusted; `error` has the reason.',
    haproxy: 'PR',
    envoy: '-',
  },
  prereadTimeout: {
    says: 'The client did not send its PROXY header within `preread`.',
    haproxy: 'cR',
    envoy: '-',
  },
  blocked: { says: 'An inspector blocked it; `verdict` has the reason.', haproxy: 'PR', envoy: 'UAEX' },
  inspectionFailed: {
    says: 'An inspector failed or took too long, and its `onFailure` is `close`; `error` has the reason.',
    haproxy: 'PD',
    envoy: 'UAEX',
  },
  serverDown: {
    says: 'Its server went down, or was set to `down` by hand, and `onServerDown` is `close`.',
    haproxy: 'D-',
    envoy: '-',
  },
  killed: { says: 'Somebody ended it by hand.', haproxy: 'K-', envoy: '-' },
  drained: {
    says: 'The proxy was stopping and the connection outlived `drainTimeout`, or its worker had to end at once.',
    haproxy: 'K-',
    envoy: '-',
  },
  resourceExhausted: { says: 'No descriptor or memory was left for it.', haproxy: 'RC', envoy: '-' },
  internalError: {
    says: 'A defect in copyloop, or a worker that was killed. Please report it.',
    haproxy: 'IC',
    envoy: '-',
  },
} as const

export type Outcome = keyof typeof OUTCOMES

/** The side that ended it. For `completed` it is the side whose FIN came first. */
export type EndedBy = 'client' | 'upstream' | 'proxy'

/** The limits that a listener may have, as the config calls them. */
export type ListenerLimit = 'maxConnections' | 'maxConnectionsPerClient' | 'connectionRate' | 'connectionRatePerClient'

/** What was on its way to a side when the connection was cut short. */
export interface Pending {
  readonly bytes: number
  /** Since when some of them waited for a side that did not take them (`nowMs()`); 0 if none did. */
  readonly heldSinceMs: number
}

/** How a connection ended, and the error behind it where there was one. */
export interface End {
  readonly outcome: Outcome
  readonly endedBy: EndedBy
  readonly error?: Error | undefined
  /**
   * FIN instead of a reset. Only for a client that was sent nothing, for nothing can look complete then that is not; and
   * where an operator wants it so.
   */
  readonly withFin?: boolean | undefined
  /** The limit of the listener that refused it, where one did. */
  readonly limit?: ListenerLimit | undefined
  /** Where a relay was cut short. */
  readonly pending?: BothWays<Pending> | undefined
}

/** Leaves the data path early, with an expected end. Anything else that is thrown there is a defect. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded'
  readonly end: End

  constructor(end: End) {
    super(OUTCOMES[end.outcome].says, { cause: end.error })
    this.end = end
  }
}
