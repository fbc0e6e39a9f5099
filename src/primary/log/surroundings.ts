import type { Logger } from 'pino'
import { doubtsAbout } from '../../config/doubts.ts'
import type { Config } from '../../config/schema.ts'
import { doubtAboutTokenReaders } from '../../config/token/token-readers.ts'
import { killTimeoutWarning } from '../operator/pm2.ts'
import { descriptorWarning } from '../sockets/descriptors.ts'

/** Warns of what does not fit the config: limits of the system, the process manager, readers of the token, and doubts about itself. */
export const warnAboutSurroundings = (config: Config, workers: number, logger: Logger): void => {
  const maxConnections = config.listeners.reduce((sum, listener) => sum + listener.maxConnections, 0)
  for (const warning of [
    descriptorWarning(maxConnections, workers),
    killTimeoutWarning(config),
    doubtAboutTokenReaders(config),
  ]) {
    if (warning !== undefined) logger.warn(warning)
  }
  for (const doubt of doubtsAbout(config)) logger.warn(doubt)
}
