import type { TimeoutsConfig } from '../config/schema.ts'
import type { Engine, Peer } from '../engine/engine.ts'
import type { AcceptedHeaders } from '../serving/state.ts'
import type { Pool } from '../upstream/pool.ts'
import type { Admission } from './admit/admit.ts'
import type { Inspect } from './inspector.ts'
import { type ConnectionEvents, ConnectionRecord } from './record.ts'
import type { TimerWheel } from './timing/timer-wheel.ts'

/** What the connections of one listener share. It may change while they live, so they read it each time they need it. */
export interface Service {
  readonly listener: string
  readonly timeouts: TimeoutsConfig
  readonly pool: Pool
  readonly admission: Admission
  readonly engine: Engine
  readonly wheel: TimerWheel
  readonly events: ConnectionEvents
  /** Where its clients begin with a PROXY header. */
  readonly acceptProxyProtocol: AcceptedHeaders | undefined
  /** Numbers the worker's connections. */
  readonly nextSequence: () => number
  /** A connection's name in logs, and in the PROXY header that its server gets. */
  readonly idOf: (record: ConnectionRecord) => string
  /** Where the listener has inspectors. */
  readonly inspect: Inspect | undefined
}

/** The record of a connection that begins now. */
export const newRecord = (peer: Peer, { engine, listener, nextSequence, pool }: Service): ConnectionRecord =>
  new ConnectionRecord({ sequence: nextSequence(), listener, upstream: pool.name, engine: engine.name, peer })
