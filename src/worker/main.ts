/** The file that the primary runs in every worker process: it obeys the primary's messages. */
import process from 'node:process'
import { chooseEngine } from '../engine/choose-engine.ts'
import type { ToWorker } from '../ipc/messages.ts'
import { receiveFromPrimary, sendToPrimary, whenPrimaryIsGone } from '../ipc/worker-channel.ts'
import { startInspecting } from './inspecting.ts'
import { neverOutlivePrimary } from './orphan.ts'
import { startReporting } from './report.ts'
import { schedule } from './scheduling.ts'
import { Worker } from './worker.ts'

// Signals reach whole process groups (a terminal's ^C, process managers): only the primary decides on them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})

/** The primary kills a worker that has not left two seconds after the drain's deadline. */
const END_LOG_WITHIN_MS = 1_500

let worker: Worker | undefined
let stopReporting = (): void => {}
let drainsUnderWay = 0
let cutShort = 0
let livedAtDrain: number | undefined

const start = async (message: Extract<ToWorker, { kind: 'start' }>): Promise<void> => {
  try {
    const unwatched = await neverOutlivePrimary()
    const { engine, insteadBecause } = await chooseEngine(message.config.engine, message.loads)
    const unscheduled = await schedule(message.config.scheduling)
    const inspection = await startInspecting(message.config, message.workerCount)
    const started = new Worker({ ...message, engine, inspection, tell: sendToPrimary })
    const { log } = started
    if (unscheduled) log.logger.info({ reason: unscheduled }, 'batch scheduling cannot be had here')
    if (unwatched) log.logger.info({ reason: unwatched }, 'a stopped worker outlives a primary that is killed')
    process.on('exit', () => log.end(END_LOG_WITHIN_MS))
    process.on('uncaughtException', (err) => {
      log.logger.fatal({ err }, 'a defect ended the worker')
      leaveAtOnce(1)
    })
    stopReporting = startReporting(() => started.totals())
    sendToPrimary({ kind: 'ready', engine: engine.name, ...(insteadBecause && { insteadBecause }) })
    worker = started
  } catch (error) {
    sendToPrimary({ kind: 'cannotServe', reason: (error as Error).message }, () => process.exit(1))
  }
}

/** A second drain, with less time, overtakes the first; the worker leaves when all are done. */
const drain = async (withinMs: number): Promise<void> => {
  if (worker === undefined) return process.exit(0)
  drainsUnderWay += 1
  livedAtDrain ??= worker.living
  // Not in one line: the sum would be of what it was before the wait.
  const cut = await worker.drain(withinMs)
  cutShort += cut
  drainsUnderWay -= 1
  if (drainsUnderWay > 0) return
  stopReporting()
  await worker.log.settled(END_LOG_WITHIN_MS)
  const endedByThemselves = livedAtDrain - cutShort
  sendToPrimary({ kind: 'drained', totals: worker.totals(), endedByThemselves, cutShort }, () => process.exit(0))
}

/** The kernel would end with a FIN what this process leaves behind, and data that was cut short must not look complete. */
const leaveAtOnce = (exitCode: number): void => {
  void worker?.drain(0)
  // Relays are cut within the call; clients that wait for a server, when the promise of their dial has been heard.
  setImmediate(() => process.exit(exitCode))
}

whenPrimaryIsGone(() => {
  worker?.log.logger.warn('the primary is gone: what lives is cut short')
  leaveAtOnce(0)
})
receiveFromPrimary((message) => {
  switch (message.kind) {
    case 'start':
      return void start(message)
    case 'drain':
      return void drain(message.withinMs)
    case 'setLogLevel':
      return worker?.setLogLevel(message.level)
    case 'reopenLog':
      // One that is not there yet will open the file as it is then.
      return worker ? worker.log.reopen() : sendToPrimary({ kind: 'logOpened' })
  }
})
sendToPrimary({ kind: 'started' })
