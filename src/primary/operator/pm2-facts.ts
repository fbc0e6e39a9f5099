import { isInRotation } from '../../serving/rotation.ts'
import type { Reload } from '../reload/reload.ts'
import type { StateOwner } from '../state-owner.ts'
import { unreadiness } from '../unreadiness.ts'
import { VERSION } from '../version.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import type { StopRequest } from './stop-request.ts'

export interface FactSources {
  readonly owner: Pick<StateOwner, 'state'>
  readonly supervisor: Pick<Supervisor, 'isStarted' | 'workers'>
  readonly totals: Pick<TotalsByWorker, 'ofListeners'>
  readonly reload: Pick<Reload, 'counts'>
  readonly stop: Pick<StopRequest, 'isAsked'>
}

/** What `pm2 trigger copyloop status` answers, with the words of `/stats`. */
export interface Pm2Status {
  readonly version: string
  readonly ready: boolean
  /** Why it is not. */
  readonly reason?: string
  readonly stateVersion: number
  readonly reloads: { readonly applied: number; readonly refused: number }
  readonly connectionsActive: number
  readonly connectionsAccepted: number
  readonly workers: { readonly serving: number; readonly of: number }
  readonly servers: { readonly inRotation: number; readonly of: number }
}

/** The whole copyloop in a few numbers. The counts are those of the workers' last reports. */
export const pm2Status = ({ owner, supervisor, totals, reload, stop }: FactSources): Pm2Status => {
  const { connectionsActive, connectionsAccepted } = totals.ofListeners()
  const reason = unreadiness(stop, supervisor)
  const servers = [...owner.state.upstreams.values()].flatMap((upstream) => [...upstream.servers.values()])
  const serving = supervisor.workers.filter(({ state }) => state === 'serving')
  return {
    version: VERSION,
    ready: reason === undefined,
    ...(reason !== undefined && { reason }),
    stateVersion: owner.state.version,
    reloads: { ...reload.counts },
    connectionsActive,
    connectionsAccepted,
    workers: { serving: serving.length, of: supervisor.workers.length },
    servers: { inRotation: servers.filter(isInRotation).length, of: servers.length },
  }
}

/** A metric as pm2 takes it. */
interface Pm2Metric {
  readonly value: number | string
  readonly unit?: string
}

/**
 * What `pm2 show` and `pm2 monit` have.
 *
 * @param accepted how many connections had been accepted before, and how long ago, for the rate
 */
export const pm2Metrics = (
  status: Pm2Status,
  workersBytes: number,
  accepted: { readonly before: number; readonly sinceMs: number },
): Record<string, Pm2Metric> => {
  const { connectionsActive, connectionsAccepted, workers, servers, stateVersion } = status
  const perSecond = ((connectionsAccepted - accepted.before) * 1000) / accepted.sinceMs
  return {
    ready: { value: status.reason ?? 'yes' },
    'connections active': { value: connectionsActive },
    'connections accepted': { value: connectionsAccepted },
    'accepted per second': { value: Math.round(perSecond * 10) / 10 },
    'workers serving': { value: `${workers.serving} of ${workers.of}` },
    // pm2's own column has only the primary's.
    'memory of the workers': { value: Math.round(workersBytes / 2 ** 20), unit: 'MiB' },
    'servers in rotation': { value: `${servers.inRotation} of ${servers.of}` },
    'state version': { value: stateVersion },
  }
}
