/**
 * What pm2 shows of copyloop and triggers in it, over the channel that pm2 has to each process it starts: `pm2 show` has the
 * metrics, `pm2 trigger` calls the actions. pm2's agent speaks the same messages, but is not needed for them (`pmx: false`).
 */
import type { Logger } from 'pino'
import { nowMs } from '../../clock.ts'
import type { Reload } from '../reload/reload.ts'
import { currentSum } from '../workers/current-sum.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import { drainAnswer } from './drain.ts'
import { tellParent } from './parent.ts'
import { isUnderPm2 } from './pm2.ts'
import { type FactSources, pm2Metrics, pm2Status } from './pm2-facts.ts'
import type { Requests } from './signals.ts'
import type { StopRequest } from './stop-request.ts'

/** pm2 shows what it was told last, and asks for nothing. */
const TELL_EVERY_MS = 5_000

export interface Pm2Parts extends FactSources {
  readonly supervisor: Supervisor
  readonly totals: TotalsByWorker
  readonly reload: Reload
  readonly stop: StopRequest
  readonly requests: Requests
  readonly logger: Logger
  /** Whether there is a config to read anew. */
  readonly canReload: boolean
}

/** Makes copyloop known to pm2, if it runs under it, until the returned function is called. */
export const linkToPm2 = (parts: Pm2Parts): (() => void) => {
  if (!isUnderPm2()) return () => {}
  const actions = actionsOf(parts)
  const onMessage = (message: unknown) => {
    const asked = triggerIn(message)
    const action = asked && actions.get(asked.name)
    if (action) void answer(asked, action, parts.logger)
  }
  process.on('message', onMessage)
  for (const name of actions.keys()) tellParent({ type: 'axm:action', data: { action_name: name } })
  const stopTelling = tellMetrics(parts)
  return () => {
    process.off('message', onMessage)
    stopTelling()
  }
}

type Action = () => unknown

const actionsOf = (parts: Pm2Parts): Map<string, Action> => {
  const { supervisor, totals, reload, stop, requests } = parts
  const actions = new Map<string, Action>([
    [
      'status',
      async () => {
        await currentSum(supervisor, totals)
        return pm2Status(parts)
      },
    ],
    [
      'drain',
      () => {
        requests.stop('pm2 trigger drain')
        return drainAnswer(reload.config, stop.isHurried)
      },
    ],
  ])
  if (parts.canReload) actions.set('reload', () => reload.apply('pm2 trigger reload'))
  return actions
}

interface Trigger {
  readonly name: string
  readonly parameter: unknown
}

/** pm2 sends the bare name of an action that it was given no parameter for, unless the app was named by its number. */
const triggerIn = (message: unknown): Trigger | undefined => {
  if (typeof message === 'string') return { name: message, parameter: undefined }
  if (typeof message !== 'object' || message === null || !('msg' in message)) return undefined
  if (typeof message.msg !== 'string') return undefined
  return { name: message.msg, parameter: 'opts' in message ? (message.opts ?? undefined) : undefined }
}

const answer = async ({ name, parameter }: Trigger, action: Action, logger: Logger): Promise<void> => {
  const reply = (value: unknown) => tellParent({ type: 'axm:reply', data: { action_name: name, return: value } })
  // `reload plan` must not reload.
  if (parameter !== undefined) return reply({ error: `${name} takes no parameter; nothing was done` })
  try {
    reply(await action())
  } catch (err) {
    logger.error({ err }, `a defect ended pm2 trigger ${name}`)
    reply({ error: 'a defect ended it; the log has more' })
  }
}

/** Tells pm2 the metrics now and then. */
const tellMetrics = (parts: Pm2Parts): (() => void) => {
  let last = { accepted: 0, atMs: nowMs() - TELL_EVERY_MS }
  // A pm2 that stands still must not pile them up.
  let isTold = true
  const tell = () => {
    if (!isTold) return
    isTold = false
    const status = pm2Status(parts)
    const bytes = parts.supervisor.workers.reduce((sum, { rssBytes }) => sum + rssBytes, 0)
    const sinceMs = nowMs() - last.atMs
    const data = pm2Metrics(status, bytes, { before: last.accepted, sinceMs })
    last = { accepted: status.connectionsAccepted, atMs: nowMs() }
    tellParent({ type: 'axm:monitor', data }, () => {
      isTold = true
    })
  }
  tell()
  const telling = setInterval(tell, TELL_EVERY_MS).unref()
  return () => clearInterval(telling)
}
