/** The story of a connection: what happened to it, in order, in sentences. Pure: made from its facts when it is asked for. */

import type { CameAlive } from '../record.ts'
import { endText } from './end-text.ts'
import type { ConnectionFacts } from './facts.ts'
import { bytesText, errorText, msText, resetText } from './words.ts'

/** What can happen, in the order in which it mostly does. */
export const STORY_EVENTS = [
  'accepted',
  'admitted',
  'queued',
  'dialling',
  'dialFailed',
  'dialled',
  'firstByteToUpstream',
  'firstByteToClient',
  'clientFin',
  'upstreamFin',
  'held',
  'handedOver',
  'ended',
] as const
export type StoryEventName = (typeof STORY_EVENTS)[number]

export interface StoryEvent {
  /** Milliseconds since it was accepted. */
  readonly atMs: number
  readonly what: StoryEventName
  /** A sentence. It may hold text that a client or a server has sent. */
  readonly text: string
}

/**
 * @param names who took part, as they are shown
 * @param now `nowMs()`
 */
export const storyOf = (
  facts: ConnectionFacts,
  names: { readonly client: string; readonly peer: string; readonly worker: number },
  now: number,
): StoryEvent[] => {
  const { acceptedMs, end, engine, listener, proxied, resetBy, toClient, toUpstream, upstream } = facts
  const story: StoryEvent[] = []
  const tell = (atMs: number, what: StoryEventName, text: string): void => {
    if (atMs !== 0) story.push({ atMs: Math.max(0, atMs - acceptedMs), what, text })
  }
  tell(
    acceptedMs,
    'accepted',
    `${names.peer} connected to listener ${listener}; worker ${facts.came?.acceptedBy ?? names.worker}, ${engine} engine`,
  )
  tell(admittedMs(facts), 'admitted', admittedText(proxied, names.client, upstream))
  tellDial(facts, now, tell)
  tell(toUpstream.firstByteMs, 'firstByteToUpstream', 'the first byte was delivered to the server')
  tell(toClient.firstByteMs, 'firstByteToClient', 'the first byte was delivered to the client')
  tell(toUpstream.endedMs, 'clientFin', `the client’s FIN was passed on, after ${bytesText(toUpstream.bytes)}`)
  tell(toClient.endedMs, 'upstreamFin', `the server’s FIN was passed on, after ${bytesText(toClient.bytes)}`)
  for (const [name, flow, pending, sender] of [
    ['server', toUpstream, end?.pending?.toUpstream, 'client'],
    ['client', toClient, end?.pending?.toClient, 'upstream'],
  ] as const) {
    const sinceMs = pending?.heldSinceMs ?? flow.heldSinceMs
    const reset = resetBy === sender ? `; ${resetText(sender)}` : ''
    tell(sinceMs, 'held', `bytes for the ${name} last began to wait: it did not take them${reset}`)
  }
  if (facts.came) tell(facts.came.atMs, 'handedOver', handedOverText(facts.came, names.worker))
  if (end) tell(end.endedMs, 'ended', endText(facts, end))
  return story.sort((one, other) => one.atMs - other.atMs)
}

const handedOverText = ({ fromPid, fromWorker, times }: CameAlive, worker: number): string =>
  `worker ${worker} took it over, alive, from worker ${fromWorker} (process ${fromPid})` +
  (times > 1 ? `: the last of ${times} times that it changed its process` : '')

type Tell = (atMs: number, what: StoryEventName, text: string) => void

/** When it was let in; 0 if it was not. */
const admittedMs = ({ acceptedMs, phase, proxied }: ConnectionFacts): number =>
  phase === 'admit' || phase === 'preread' ? 0 : (proxied?.readMs ?? acceptedMs)

const admittedText = (proxied: ConnectionFacts['proxied'], client: string, upstream: string): string => {
  const header = proxied ? `its PROXY ${proxied.version} header names ${proxied.client ?? 'no client'}; ` : ''
  return `${header}${client} is admitted, for upstream ${upstream}`
}

/** The waits in the queue and the attempts. When the last attempt began follows from what was before it. */
const tellDial = (facts: ConnectionFacts, now: number, tell: Tell): void => {
  const { attempts, dialledMs, end, phase, queue, server, tried = [] } = facts
  let beganMs = admittedMs(facts)
  if (queue) {
    const waits = phase === 'queue' && !end
    const ms = waits ? now - queue.beganMs : queue.ms
    const full = tried.some((attempt) => attempt.beganMs < queue.beganMs) ? 'every other server' : 'every server'
    tell(queue.beganMs, 'queued', `${full} was full: it ${waits ? 'has waited' : 'waited'} ${msText(ms)} in the queue`)
    beganMs = Math.max(beganMs, queue.endedMs)
  }
  for (const [index, attempt] of tried.entries()) {
    tell(attempt.beganMs, 'dialling', `dialling ${attempt.server.name}, attempt ${index + 1}`)
    const failedMs = attempt.beganMs + attempt.ms
    tell(
      failedMs,
      'dialFailed',
      `${attempt.server.name} failed after ${msText(attempt.ms)}: ${errorText(attempt.error)}`,
    )
    beganMs = Math.max(beganMs, failedMs)
  }
  if (attempts > tried.length) tell(beganMs, 'dialling', `dialling ${server}, attempt ${attempts}`)
  tell(dialledMs, 'dialled', `connected to ${server} after ${msText(dialledMs - beganMs)}`)
}
