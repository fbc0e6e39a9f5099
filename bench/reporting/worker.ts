/**
 * A worker, made of the program's own parts, whose reports can be turned off: `worker.js ENGINE SERVER…`. It says its port,
 * and then measures itself when it is told to.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuUsSince, load } from './parts.ts'

export interface MeasureOrder {
  readonly reports: boolean
  readonly seconds: number
}

/** CPU time in µs: of the whole process, and of its reports. */
export interface WorkerFigures {
  readonly kind: 'figures'
  readonly cpuUs: number
  readonly reportUs: number
  readonly reports: number
}

/** As the program does. */
const REPORT_EVERY_MS = 500

const [engineName = 'kernel', ...servers] = process.argv.slice(2)

const start = async () => {
  const { configFromObject } = await load('config/load')
  const { chooseEngine } = await load('engine/choose-engine')
  const { openListeningSocket } = await load('engine/listening/listening-socket')
  const { openLog } = await load('log/log')
  const { stateOf } = await load('serving/of-config')
  const { Reporter } = await load('worker/reporting/report')
  const { SocketStore } = await load('worker/sockets')
  const { Worker } = await load('worker/worker')
  const config = configFromObject({
    log: { level: 'warn', access: false },
    listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', maxConnections: 100_000 }],
    upstreams: [{ name: 'app', servers }],
  })
  const { handle, address } = await openListeningSocket({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  const sockets = new SocketStore()
  sockets.put(1, handle)
  const { engine } = await chooseEngine(engineName)
  const log = openLog(config.log, {})
  const worker = new Worker({ workerId: 1, workerCount: 1, settings: config, engine, log, sockets })
  await worker.apply(stateOf(config, () => [1]))
  return { reporter: new Reporter(worker), port: address.port }
}

const { reporter, port } = await start()

const measure = async ({ reports, seconds }: MeasureOrder): Promise<WorkerFigures> => {
  // What has changed before belongs to nobody's time.
  reporter.report()
  const figures = { reportUs: 0, reports: 0 }
  const report = (): void => {
    const before = process.cpuUsage()
    reporter.report()
    figures.reportUs += cpuUsSince(before)
    figures.reports += 1
  }
  const before = process.cpuUsage()
  const timer = reports ? setInterval(report, REPORT_EVERY_MS) : undefined
  await sleep(seconds * 1_000)
  clearInterval(timer)
  return { kind: 'figures', cpuUs: cpuUsSince(before), ...figures }
}

process.on('message', (order: MeasureOrder) => void measure(order).then((figures) => process.send?.(figures)))
process.once('disconnect', () => process.exit())
process.send?.({ kind: 'listening', port })
