import cluster from 'node:cluster'
import { ConfigError } from '../config/problems/problem.ts'

/** Node deletes this variable when it starts as a worker, so only its name can be reported. */
const VARIABLE = 'NODE_UNIQUE_ID'

/**
 * A worker of another program's node:cluster cannot fork workers of its own.
 *
 * @throws {ConfigError} under pm2's cluster mode, or when the variable was inherited
 */
export const refuseForeignCluster = (): void => {
  if (cluster.isPrimary) return
  const message =
    'it makes this process a worker of another program, but copyloop forks its own; ' +
    "under pm2 set exec_mode: 'fork' and instances: 1, elsewhere unset it"
  throw new ConfigError([{ source: VARIABLE, path: '', message }])
}
