/**
 * The primary's life, top to bottom: open every socket, start the workers, watch over them, and stop. It never touches a
 * client's byte.
 *
 *              ┌───────── primary: supervises, gathers, answers the admin ─────────┐
 *              │        start, drain, … ↓      IPC      ↑ ready, report, …         │
 *           worker 1                 worker 2              …                   worker N
 *              └─────────── accept on the same inherited listening sockets ────────┘
 */
import type { Logger } from 'pino'
import { type Address, formatAddress } from '../config/address.ts'
import type { Config } from '../config/schema.ts'
import { type Log, openLog } from '../log.ts'
import { type Admin, openAdmin } from './admin/server.ts'
import { administered } from './administered.ts'
import { usableCores } from './cores.ts'
import { descriptorWarning } from './descriptors.ts'
import { Gather } from './gather.ts'
import { type OpenListener, openListeners } from './listeners.ts'
import { LOOK_EVERY_MS, linesLost, lossLogger } from './log-losses.ts'
import { killTimeoutWarning } from './pm2.ts'
import { listenToOperator } from './signals.ts'
import { StartFailed } from './start-failed.ts'
import { StopRequest } from './stop-request.ts'
import { Supervisor } from './supervisor.ts'

/** Where a running copyloop is reached, with the ports that were given for port 0. */
export interface Serving {
  readonly listeners: readonly OpenListener[]
  readonly admin: Address | undefined
  readonly workers: number
}

export interface PrimaryOptions {
  /** Called once, when every listener is served. */
  onServing?(serving: Serving): void
}

/**
 * Runs until it is told to stop.
 *
 * @returns the exit code: 0 stopped as asked, 1 given up
 * @throws {StartFailed} when it cannot start; nothing is left running or open then
 */
export const runPrimary = async (config: Config, options: PrimaryOptions = {}): Promise<0 | 1> => {
  const log = openPrimaryLog(config)
  // Also when a defect ends this process: then the last lines matter most.
  process.once('exit', () => log.flush())
  const listeners = await openListeners(config)
  try {
    return await superviseUntilStopped(config, listeners, log, options)
  } finally {
    closeAll(listeners)
  }
}

const openPrimaryLog = (config: Config): Log => {
  try {
    return openLog(config.log, {})
  } catch (error) {
    const { message } = error as Error
    throw new StartFailed(`the log cannot be opened: ${message}; change log.file or its permissions`, { cause: error })
  }
}

const superviseUntilStopped = async (
  config: Config,
  listeners: readonly OpenListener[],
  log: Log,
  options: PrimaryOptions,
): Promise<0 | 1> => {
  const { logger } = log
  const workers = config.workers === 'auto' ? usableCores() : config.workers
  warnAboutSurroundings(config, workers, logger)

  const stop = new StopRequest()
  const gather = gatherFor(config, logger)
  const sayLosses = lossLogger(logger)
  const lossTimer = setInterval(() => sayLosses(linesLost(gather, log)), LOOK_EVERY_MS)
  const onGiveUp = () => stop.ask({ reason: 'workers cannot serve any more', exitCode: 1 })
  const supervisor = new Supervisor({ workers, config, sockets: listeners, gather, logger, onGiveUp })
  const stopListening = listenToOperator({
    stop: (reason) => {
      if (!stop.isAsked) return stop.ask({ reason, exitCode: 0 })
      logger.info(`${reason} while draining: stopping at once, connections that live are cut short`)
      supervisor.hurry()
    },
    reload: () => logger.info('SIGHUP: a changed configuration needs a restart in this version'),
    reopenLogs: () => {
      log.reopen()
      supervisor.reopenLogs()
      logger.info('SIGUSR2: logs reopened')
    },
  })

  let admin: Admin | undefined
  try {
    // Before the first fork: a taken port must not cost a start and a drain.
    if (config.admin !== 'off') {
      admin = await openAdmin(config.admin.listen, administered({ config, supervisor, gather, stop, log }), logger)
    }
    await Promise.race([supervisor.start(), stop.asked])
    if (!stop.isAsked) announce({ listeners, admin: admin?.address, workers }, logger, options)

    const { reason, exitCode } = await stop.asked
    logger.info(`${reason}: draining for at most ${config.drainTimeoutMs / 1000} s`)
    // The workers close theirs: from now on clients are refused, and do not wait in a queue that nobody takes from.
    closeAll(listeners)
    const { endedByThemselves, cutShort } = await supervisor.drain(config.drainTimeoutMs)
    logger.info(
      { endedByThemselves, cutShort },
      `drained: ${endedByThemselves} connections ended by themselves, ${cutShort} cut short`,
    )
    return exitCode
  } finally {
    clearInterval(lossTimer)
    stopListening()
    admin?.close()
  }
}

const gatherFor = (config: Config, logger: Logger): Gather =>
  new Gather({ listeners: namesOf(config.listeners), upstreams: namesOf(config.upstreams) }, (worker, ignoredSoFar) => {
    // Said once: a worker that goes wrong may send thousands.
    if (ignoredSoFar === 1) logger.warn({ worker }, 'a report of a worker cannot be true; such reports are ignored')
  })

const warnAboutSurroundings = (config: Config, workers: number, logger: Logger): void => {
  const maxConnections = config.listeners.reduce((sum, listener) => sum + listener.maxConnections, 0)
  for (const warning of [descriptorWarning(maxConnections, workers), killTimeoutWarning(config.drainTimeoutMs)]) {
    if (warning !== undefined) logger.warn(warning)
  }
}

const announce = (serving: Serving, logger: Logger, { onServing }: PrimaryOptions): void => {
  for (const name of new Set(serving.listeners.map(({ listener }) => listener))) {
    const own = serving.listeners.filter(({ listener }) => listener === name)
    const addresses = own.map(({ address }) => formatAddress(address))
    logger.info({ listener: name, addresses }, `listening on ${addresses.join(', ')}`)
  }
  if (serving.admin) {
    const address = formatAddress(serving.admin)
    logger.info({ admin: address }, `the admin is on ${address}`)
  }
  // pm2 waits for this word (wait_ready). A parent that has gone needs none.
  process.send?.('ready', undefined, {}, () => {})
  onServing?.(serving)
}

const namesOf = (named: readonly { readonly name: string }[]): string[] => named.map(({ name }) => name)

const closeAll = (listeners: readonly OpenListener[]): void => {
  for (const listener of listeners) listener.close()
}
