/**
 * What systemd tells a service that it starts: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3). Another program that
 * starts copyloop may speak the same protocol.
 */

/** Sockets that this process has inherited. Their descriptors are numbered from FIRST_PASSED on. */
export interface PassedDescriptors {
  readonly count: number
  /** One for each, or none at all. */
  readonly names: readonly string[]
}

/** sd_listen_fds(3): SD_LISTEN_FDS_START */
export const FIRST_PASSED = 3

export interface SystemdEnvironment {
  /** Where notices go; undefined if nobody wants to know. */
  readonly notifySocket?: string
  /** How long systemd waits for a sign of life. */
  readonly watchdogMs?: number
  readonly passed?: PassedDescriptors
  /** Sockets were passed to this process and not to us: something stands between systemd and copyloop. */
  readonly passedTo?: number
}

const VARIABLES = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
] as const

/** Reads it, and takes it out of the environment: what is meant for the primary must not reach its workers. */
export const takeSystemdEnvironment = (environment = process.env): SystemdEnvironment => {
  const given = Object.fromEntries(VARIABLES.map((name) => [name, environment[name]]))
  for (const name of VARIABLES) delete environment[name]
  const { NOTIFY_SOCKET: notifySocket, LISTEN_FDNAMES: names } = given
  const watchdogMs = isForUs(given.WATCHDOG_PID ?? `${process.pid}`) ? Number(given.WATCHDOG_USEC ?? 0) / 1000 : 0
  const count = Number(given.LISTEN_FDS ?? 0)
  return {
    ...(notifySocket && { notifySocket }),
    ...(watchdogMs > 0 && { watchdogMs }),
    ...(count > 0 && isForUs(given.LISTEN_PID) && { passed: { count, names: names?.split(':') ?? [] } }),
    ...(count > 0 && !isForUs(given.LISTEN_PID) && { passedTo: Number(given.LISTEN_PID) }),
  }
}

const isForUs = (pid: string | undefined): boolean => Number(pid) === process.pid

/** For a program that sends a notice for us. */
export const environmentWithSocket = (notifySocket: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NOTIFY_SOCKET: notifySocket,
})
