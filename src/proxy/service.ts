import type { TimeoutsConfig } from '../config/schema.ts'
import type { Engine, Peer } from '../engine/engine.ts'
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
  /** Numbers the worker's connections. */
  readonly nextSequence: () => number
  /** Where the listener has inspectors. */
  readonly inspect: Inspect | undefined
}

export const recordFor = (client: Peer, { engine, listener, nextSequence, pool }: Service): ConnectionRecord =>
  new ConnectionRecord({ sequence: nextSequence(), listener, upstream: pool.name, engine: engine.name, client })
