/** The file that the primary runs in every worker process: it obeys the primary's messages. */
import process from 'node:process'
import { chooseEngine } from '../engine/choose-engine.ts'
import type { ToWorker } from '../ipc/messages.ts'
import { receiveFromPrimary, sendToPrimary } from '../ipc/worker-channel.ts'
import { openLog } from '../log/log.ts'
import type { ServingState } from '../serving/state.ts'
import { answer } from './answers.ts'
import { StateFollower } from './following.ts'
import { Reporter } from './report.ts'
import { schedule } from './scheduling.ts'
import { SocketStore } from './sockets.ts'
import { Worker } from './worker.ts'

// Signals reach whole process groups (a terminal's ^C, process managers): only the primary decides on them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})

interface Started {
  readonly worker: Worker
  readonly reporter: Reporter
}

const sockets = new SocketStore()
let starting: Promise<Started> | undefined
let started: Started | undefined
/** Tells the primary once that it serves. */
let announce = (): void => {}
let isReady = false
let drainsUnderWay = 0
let cutShort = 0
let livedAtDrain: number | undefined

const cannotServe = (reason: string): void => sendToPrimary({ kind: 'cannotServe', reason }, () => process.exit(1))

const start = async (message: Extract<ToWorker, { kind: 'start' }>): Promise<Started> => {
  const { workerId, settings, loads } = message
  const { engine, insteadBecause } = await chooseEngine(settings.engine, loads)
  const unscheduled = await schedule(settings.scheduling)
  const log = openLog(settings.log, { worker: workerId })
  if (unscheduled) log.logger.info({ reason: unscheduled }, 'batch scheduling cannot be had here')
  process.on('exit', () => log.flush())
  process.on('uncaughtException', (err) => {
    log.logger.fatal({ err }, 'a defect ended the worker')
    process.exit(1)
  })
  const worker = new Worker({ workerId, workerCount: loads.places, settings, engine, log, sockets })
  announce = () => sendToPrimary({ kind: 'ready', engine: engine.name, ...(insteadBecause && { insteadBecause }) })
  started = { worker, reporter: new Reporter(() => worker.totals()) }
  return started
}

const follower = new StateFollower({
  apply: async (state: ServingState) => {
    const { worker, reporter } = await (starting ?? Promise.reject(new Error('a state came before the start')))
    await worker.apply(state)
    if (isReady) return
    isReady = true
    reporter.start()
    announce()
  },
  onServed: (version) => sendToPrimary({ kind: 'serves', version }),
  onFailed: (error) => {
    if (!isReady) return cannotServe(error.message)
    started?.worker.log.logger.error({ err: error }, 'a change cannot be served; what was served before is served on')
  },
  onGap: () => sendToPrimary({ kind: 'needsState' }),
  onDraining: ({ withinMs }) => void drain(withinMs),
})

/** A second drain, with less time, overtakes the first; the worker leaves when all are done. */
const drain = async (withinMs: number): Promise<void> => {
  if (started === undefined || !isReady) return process.exit(0)
  const { worker, reporter } = started
  drainsUnderWay += 1
  livedAtDrain ??= worker.living.size
  // Not in one line: the sum would be of what it was before the wait.
  const cut = await worker.drain(withinMs)
  cutShort += cut
  drainsUnderWay -= 1
  if (drainsUnderWay > 0) return
  reporter.stop()
  const endedByThemselves = livedAtDrain - cutShort
  sendToPrimary({ kind: 'drained', entries: worker.totals(), endedByThemselves, cutShort }, () => process.exit(0))
}

receiveFromPrimary((message, handle) => {
  switch (message.kind) {
    case 'start':
      starting = start(message)
      starting.catch((error: Error) => cannotServe(error.message))
      return
    case 'socket':
      return handle && sockets.put(message.socket, handle)
    case 'patch':
      return void follower.take(message.patch)
    case 'reopenLog':
      return started?.worker.log.reopen()
    case 'ask':
      return started && void answer(started, message, sendToPrimary)
  }
})
sendToPrimary({ kind: 'started' })
