/** States of `copyloop top` as they are after some answers. */

import { answered } from '../../../../src/commands/admin/top/state/answers.ts'
import { type Ask, asksOf } from '../../../../src/commands/admin/top/state/asks.ts'
import { press } from '../../../../src/commands/admin/top/state/press.ts'
import { initialState, type TopState } from '../../../../src/commands/admin/top/state/state.ts'
import type { ConnectionSummary } from '../../../../src/ipc/connection-parts.ts'
import type { ConnectionAnswer, ConnectionsAnswer } from '../../../../src/primary/admin/connections/connections.ts'
import type { Stats } from '../../../../src/primary/admin/stats-answer.ts'

export const connection = (number: number, more: Partial<ConnectionSummary> = {}): ConnectionSummary => ({
  connectionId: `start-1-${number}`,
  listener: 'web',
  worker: 1,
  phase: 'relay',
  client: `192.0.2.${number}:50000`,
  upstream: 'app',
  server: '10.0.0.1:80',
  engine: 'kernel',
  ageMs: 3_600_000 - number * 1_000,
  idleMs: 2_000,
  bytesToUpstream: 1_000,
  bytesToClient: 2_000_000,
  bytesPerSecondToUpstream: 0,
  bytesPerSecondToClient: 30_000,
  heldMs: 0,
  nextClock: { clock: 'idle', inMs: 598_000 },
  ...more,
})

/** The first ones of so many. */
export const list = (total: number, returned = total): ConnectionsAnswer => ({
  total,
  returned,
  partial: false,
  connections: Array.from({ length: returned }, (_, at) => connection(at + 1)),
})

/** Servers are `up` unless their state is given. */
const servers = (states: Readonly<Record<string, string>>): Stats['upstreams'][string]['servers'] =>
  Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, { state, stateReason: 'checks fail' }]),
  ) as Stats['upstreams'][string]['servers']

export const upstreams = (states: Readonly<Record<string, Readonly<Record<string, string>>>>): Stats['upstreams'] =>
  Object.fromEntries(
    Object.entries(states).map(([name, of]) => [name, { servers: servers(of) } as Stats['upstreams'][string]]),
  )

/** What `top` looks at of `/stats`. */
export const stats = (more: Partial<Stats> = {}, bytes = { toUpstream: 0, toClient: 0 }): Stats =>
  ({
    version: '1.2.3',
    uptimeSeconds: 8_040,
    draining: false,
    logLinesLost: 0,
    totals: { connectionsActive: 1_204, bytesToUpstream: bytes.toUpstream, bytesToClient: bytes.toClient },
    listeners: { web: {}, postgres: {} },
    upstreams: upstreams({ app: { '10.0.0.1:80': 'up', '10.0.0.2:80': 'up' } }),
    ...more,
  }) as Stats

export const askOf = (state: TopState, about: Ask['about']): Ask => {
  const ask = asksOf(state).find((candidate) => candidate.about === about)
  if (ask === undefined) throw new Error(`nothing is asked about ${about}`)
  return ask
}

/** The state after the admin's answer to what it asks. */
export const answer = (
  state: TopState,
  about: Ask['about'],
  body: Stats | ConnectionsAnswer | ConnectionAnswer | object,
  nowMs = state.nowMs,
): TopState => answered(state, askOf(state, about), { status: 200, body }, nowMs)

/** The table of so many connections. */
export const tableOf = (total: number, columns = 80, rows = 24, more: Partial<Stats> = {}): TopState => {
  const state = answer(initialState({ columns, rows }, 1_000), 'stats', stats(more))
  return answer(state, 'connections', list(total))
}

/** The state after these keys, none of which quits. */
export const after = (state: TopState, ...keys: string[]): TopState =>
  keys.reduce((before: TopState, key) => {
    const next = press(before, key)
    if (next === 'quit') throw new Error(`${key} quits`)
    return next
  }, state)
