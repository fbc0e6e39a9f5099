import type { ConnectionAnswer, ConnectionsAnswer } from '../../../../primary/admin/connections/connections.ts'
import type { Stats } from '../../../../primary/admin/stats-answer.ts'
import { type AdminAnswer, refusalOf } from '../../admin-client.ts'
import { type Killed, killedText } from '../../screen/killed-text.ts'
import { type Ask, isAsked } from './asks.ts'
import { flowAfter } from './flow.ts'
import { follow } from './selection.ts'
import { TABLE, type TopState } from './state.ts'

/** @param nowMs `nowMs()` of the answer */
export const answered = (before: TopState, ask: Ask, { status, body }: AdminAnswer, nowMs: number): TopState => {
  const state = { ...before, nowMs, answeredMs: nowMs, failure: undefined }
  const refusal = status === 200 ? undefined : refusalOf(status, body).message
  switch (ask.about) {
    case 'kill':
      return afterKill(state, ask, refusal ?? killedText(body as Killed))
    case 'stats': {
      if (refusal !== undefined) return { ...before, failure: refusal }
      const stats = body as Stats
      return { ...state, stats, flow: flowAfter(state.flow, stats, nowMs) }
    }
    case 'connections':
      // The answer to a question that a key has made an old one.
      if (!isAsked(before, ask)) return before
      return refusal === undefined ? withList(state, body as ConnectionsAnswer) : { ...before, failure: refusal }
    case 'connection':
      if (!isAsked(before, ask)) return before
      return refusal === undefined ? withStory(state, body as ConnectionAnswer) : withoutStory(state, refusal)
  }
}

/** The admin has not answered: what is shown stays. */
export const unanswered = (state: TopState, ask: Ask, reason: string): TopState =>
  ask.about === 'kill' ? afterKill({ ...state, failure: reason }, ask, reason) : { ...state, failure: reason }

/** Another kill may have been confirmed meanwhile: that one is still to be asked for. */
const afterKill = (state: TopState, ask: Ask, notice: string): TopState => ({
  ...state,
  notice,
  kill: isAsked(state, ask) ? undefined : state.kill,
})

const withList = (state: TopState, list: ConnectionsAnswer): TopState => ({
  ...state,
  list,
  selection: follow(state.selection, list.connections),
  longestClient: list.connections.reduce((most, { client }) => Math.max(most, client.length), state.longestClient),
})

const withStory = (state: TopState, answer: ConnectionAnswer): TopState =>
  state.mode.kind === 'story' ? { ...state, mode: { ...state.mode, answer } } : state

/** It ended long ago, or its worker does not answer: what was shown stays. */
const withoutStory = (state: TopState, notice: string): TopState =>
  state.mode.kind === 'story' && state.mode.answer === undefined
    ? { ...state, notice, mode: TABLE }
    : { ...state, notice }
