import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import { takeSystemdEnvironment } from './environment.ts'
import { PassedSockets } from './passed-sockets.ts'
import { ServiceState } from './service-state.ts'

/** The primary as a service of systemd: the sockets that it is passed, and what systemd is told. */
export interface Systemd {
  readonly sockets: PassedSockets
  readonly service: ServiceState
  close(): void
}

/**
 * Reads what systemd has put into the environment, which is then gone from there.
 *
 * @throws {ConfigError} if a socket was passed that no listener can have
 */
export const openSystemd = async ({ listeners }: Config, logger: Logger): Promise<Systemd> => {
  const environment = takeSystemdEnvironment()
  if (environment.passedTo !== undefined) logger.warn(passedToAnother(environment.passedTo))
  const sockets = await PassedSockets.take(environment.passed)
  try {
    await sockets.refuseUnused(listeners)
  } catch (error) {
    sockets.close()
    throw error
  }
  const service = new ServiceState(environment, logger)
  const close = () => {
    service.close()
    sockets.close()
  }
  return { sockets, service, close }
}

const passedToAnother = (pid: number): string =>
  `the sockets of LISTEN_FDS were passed to process ${pid}, and not to this one, ${process.pid}: they are not used; ` +
  'ExecStart= must start node itself, without npm or a shell between'
