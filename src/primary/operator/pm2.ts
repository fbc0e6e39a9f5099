/** What pm2 tells a process that it starts: it puts the settings of its app into the environment. */

/** A drain has ended so long after `drainTimeout` at the latest. */
const AFTER_DRAIN_MS = 3_000

/** pm2's own, where the app sets none. */
const DEFAULT_KILL_TIMEOUT_MS = 1_600

/** Says what is wrong when pm2 would kill a stopping copyloop before its drain has ended; otherwise undefined. */
export const killTimeoutWarning = (drainTimeoutMs: number, environment = process.env): string | undefined => {
  if (environment.pm_id === undefined) return undefined
  const killTimeoutMs = Number(environment.kill_timeout ?? environment.PM2_KILL_TIMEOUT ?? DEFAULT_KILL_TIMEOUT_MS)
  const needed = drainTimeoutMs + AFTER_DRAIN_MS
  if (Number.isNaN(killTimeoutMs) || killTimeoutMs >= needed) return undefined
  return (
    `pm2 kills a stopping process after kill_timeout, ${killTimeoutMs} ms, and cuts its connections, though drainTimeout ` +
    `gives them ${drainTimeoutMs / 1000} s: set kill_timeout to ${needed} or more, or lower drainTimeout`
  )
}
