/**
 * The primary's life, top to bottom: open every socket, start the workers, watch over them, and stop. It never touches a
 * client's byte.
 *
 *              ┌────── primary: owns the state, supervises, answers the admin ─────┐
 *              │      sockets, patches, questions ↓   ↑ versions, totals, answers  │
 *           worker 1                 worker 2              …                   worker N
 *              └──────────────── accept on the same listening sockets ─────────────┘
 */
import type { Logger } from 'pino'
import { type Address, formatAddress } from '../config/fields/address.ts'
import { unlocated } from '../config/problems/problem.ts'
import type { Config } from '../config/schema.ts'
import type { WorkerNews } from '../ipc/messages.ts'
import { adminApi } from './admin/admin-api.ts'
import { type ControlPlane, openControlPlane } from './control-plane.ts'
import { EXIT, type ServingExit } from './exit.ts'
import { dialFailureLogger } from './log/dial-failures.ts'
import { sayListening } from './log/listening.ts'
import { openPrimaryLog, type PrimaryLog } from './log/primary-log.ts'
import { warnAboutSurroundings } from './log/surroundings.ts'
import { watchLogs } from './log/watch-logs.ts'
import { delayDrain, drain, stopMs } from './operator/drain.ts'
import { tellParent } from './operator/parent.ts'
import { untilPm2Ends } from './operator/pm2.ts'
import { linkToPm2 } from './operator/pm2-link.ts'
import { operatorRequests } from './operator/requests.ts'
import { listenToOperator } from './operator/signals.ts'
import { StopRequest } from './operator/stop-request.ts'
import { refuseForeignCluster } from './own-cluster.ts'
import { type LoadConfig, Reload } from './reload/reload.ts'
import { ListeningSockets, type OpenSocket } from './sockets/listeners.ts'
import type { StateOwner } from './state-owner.ts'
import { openSystemd, type Systemd } from './systemd/systemd.ts'
import { Predecessor, type TakeOver } from './take-over/predecessor.ts'
import { TakeOvers } from './take-over/take-overs.ts'
import { usableCores } from './workers/cores.ts'
import { currentSum } from './workers/current-sum.ts'
import { Supervisor } from './workers/supervisor.ts'

/** A running copyloop: its addresses, with the actual ports for port 0, and what changes it. */
export interface RunningProxy {
  readonly listeners: readonly OpenSocket[]
  readonly admin: Address | undefined
  readonly workers: number
  /** Owns what is served: an edit here changes it. */
  readonly owner: StateOwner
  /** Opens the sockets of a listener that is added. */
  readonly sockets: ListeningSockets
  /** Who asks the workers. */
  readonly supervisor: Pick<Supervisor, 'ask'>
}

/** Time for the names of servers to resolve before clients are served, so that the first one finds a server. */
const NAMES_WITHIN_MS = 1_500

/** A stop may take three seconds beyond the drain, and the workers have had two of them. */
const END_LOG_WITHIN_MS = 600

export interface PrimaryOptions {
  /** Reads the config anew for a reload; without it, it is always the same, and SIGHUP stops as SIGTERM does. */
  readonly loadConfig?: LoadConfig
  /** A running copyloop from which this one takes over. */
  readonly takeOver?: TakeOver
  /** Called once, when every listener is served. */
  onServing?(serving: RunningProxy): void
  /** Called when somebody begins to look at the dashboard, and when nobody does any more. */
  onWatched?(isWatched: boolean): void
}

/**
 * Runs until it is asked to stop.
 *
 * @returns the exit code: 0 stopped as asked, 1 given up
 * @throws {StartFailed} when it cannot start; nothing is left running or open then
 * @throws {ConfigError} when this process is a worker of another program's node:cluster
 */
export const runPrimary = async (config: Config, options: PrimaryOptions = {}): Promise<ServingExit> => {
  refuseForeignCluster()
  const primaryLog = openPrimaryLog(config.log)
  // Also if a defect ends this process: the last lines then matter most.
  process.once('exit', () => primaryLog.log.end(END_LOG_WITHIN_MS))
  const systemd = await openSystemd(config, primaryLog.log.logger)
  let predecessor: Predecessor | undefined
  let sockets: ListeningSockets | undefined
  try {
    if (options.takeOver) predecessor = await Predecessor.meet(options.takeOver, primaryLog.log.logger)
    sockets = new ListeningSockets(systemd.sockets, predecessor?.sockets.opener('listener'))
    await sockets.openAll(config)
    return await superviseUntilStopped(config, sockets, systemd, primaryLog, options, predecessor)
  } finally {
    sockets?.closeAll()
    await predecessor?.close()
    systemd.close()
    await primaryLog.log.settled(END_LOG_WITHIN_MS)
  }
}

const superviseUntilStopped = async (
  config: Config,
  sockets: ListeningSockets,
  systemd: Systemd,
  primaryLog: PrimaryLog,
  options: PrimaryOptions,
  predecessor: Predecessor | undefined,
): Promise<ServingExit> => {
  const { log } = primaryLog
  const { logger } = log
  const workers = config.workers === 'auto' ? usableCores() : config.workers
  warnAboutSurroundings(config, workers, logger)

  const stop = new StopRequest()
  const control = openControlPlane(config, sockets, workers, logger)
  const { owner, totals, names } = control
  const onGiveUp = () => {
    if (stop.isAsked) stop.hurry()
    else stop.ask({ reason: 'workers cannot serve any more', exitCode: EXIT.failed })
  }
  const onNews = newsReader(control, primaryLog, () => supervisor)
  const settings = () => reload.config
  const supervisor = new Supervisor({ ...control, workers, config, settings, logger, onNews, onGiveUp })
  owner.watch((state) => log.follow(state.log))
  const stopWatching = watchLogs(primaryLog, totals, supervisor)
  const reload = new Reload(config, {
    ...control,
    sockets,
    systemd,
    supervisor,
    logger,
    load: options.loadConfig ?? (async () => ({ config, problemOf: (finding) => unlocated('config', finding) })),
    currentSum: () => currentSum(supervisor, totals),
    refusal: () => (stop.isAsked ? 'copyloop is stopping' : takeOvers.refusal),
  })
  const takeOvers = new TakeOvers({ ...control, sockets, supervisor, reload, stop, log }, predecessor)
  const requests = operatorRequests(stop, supervisor, primaryLog, options.loadConfig && reload)
  const stopListening = listenToOperator(requests)

  let unlinkFromPm2 = () => {}
  try {
    // Before the first fork: if the port is taken, no worker has to be started and drained.
    const onWatched = (isWatched: boolean) => options.onWatched?.(isWatched)
    const admin = await takeOvers.open(
      config,
      adminApi({ ...control, supervisor, reload, stop, requests, ...primaryLog, onWatched }),
    )
    await Promise.race([names.settled(NAMES_WITHIN_MS), stop.asked])
    await Promise.race([supervisor.start(), stop.asked])
    const isServing = !stop.isAsked
    if (isServing) {
      sayListening(sockets.all, logger)
      await takeOvers.serving()
      announce({ listeners: sockets.all, admin: admin?.address, workers, owner, sockets, supervisor }, logger, options)
      systemd.service.ready(reload.config, workers)
      const canReload = options.loadConfig !== undefined
      unlinkFromPm2 = linkToPm2({ ...control, supervisor, reload, canReload, stop, requests, logger })
    }

    const { reason, exitCode } = await stop.asked
    takeOvers.stopping()
    const times = takeOvers.drainTimes(reload.config)
    systemd.service.stopping(stopMs(times))
    const parts = { stop, sockets, supervisor, logger }
    if (isServing && exitCode === EXIT.done) await delayDrain(reason, times, parts)
    await drain(reason, times, parts)
    await takeOvers.ended()
    if (takeOvers.isOver) await untilPm2Ends(stop, logger)
    return exitCode
  } finally {
    stopWatching()
    reload.close()
    control.close()
    unlinkFromPm2()
    stopListening()
    takeOvers.close()
  }
}

/** Receives what the workers report as it happens. */
const newsReader = ({ ejections }: ControlPlane, { log, opening, warnings }: PrimaryLog, asker: () => Supervisor) => {
  const sayFailedDials = dialFailureLogger(log.logger)
  return (news: WorkerNews, workerId: number): void => {
    if (news.kind === 'logOpened') return opening.answered(news.error, workerId)
    if (news.kind === 'warned') return warnings.add(news.line)
    sayFailedDials(news.servers)
    ejections.take(news.servers, asker())
  }
}

const announce = (serving: RunningProxy, logger: Logger, { onServing }: PrimaryOptions): void => {
  if (serving.admin) {
    const address = formatAddress(serving.admin)
    logger.info({ admin: address }, `the admin is on ${address}`)
  }
  // pm2 waits for this message (wait_ready).
  tellParent('ready')
  onServing?.(serving)
}
