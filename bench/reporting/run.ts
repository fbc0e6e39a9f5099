/**
 * What it costs to count and to report. A worker with many connections, most of them idle, is measured in turns with its
 * reports and without; its reports are read as the primary reads them. Then a copyloop with four workers is asked for
 * `/metrics` and `/stats`. Figures are CPU times: other programs may run beside it. Fails above the limit that is given.
 *
 *     npm run bench:reporting -- [--connections 10000] [--servers 1000] [--per-second 1000] [--rounds 3] [--seconds 5]
 *                                [--engine kernel] [--max-percent 1]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serialize } from 'node:v8'
import { own, runProgram, stop } from '../measure/children.ts'
import { measureAnswers } from './answers.ts'
import { openClients, sendInTurns } from './clients.ts'
import { cpuUsSince, load } from './parts.ts'
import type { MeasureOrder, WorkerFigures } from './worker.ts'

const text = (initial: string) => ({ type: 'string', default: initial }) as const
const { values } = parseArgs({
  options: {
    connections: text('10000'),
    servers: text('1000'),
    'per-second': text('1000'),
    rounds: text('3'),
    seconds: text('5'),
    engine: text('kernel'),
    'max-percent': { type: 'string' },
  },
})
const seconds = Number(values.seconds)
/** For what a process has open beside its connections. */
const RESERVED_FILES = 100

interface Message {
  readonly kind: string
}

const start = (file: string, args: readonly string[]): ChildProcess =>
  own(fork(join(import.meta.dirname, file), args, { serialization: 'advanced' }))

/** The next message of that kind. */
const hear = async <Heard extends Message>(child: ChildProcess, kind: Heard['kind']): Promise<Heard> => {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Message]
    if (message.kind === kind) return message as Heard
  }
}

/** Reads reports as the primary does. */
const readReports = async (worker: ChildProcess) => {
  const { readFromWorker } = await load('ipc/channel')
  const { TotalsByWorker } = await load('primary/workers/totals-by-worker')
  const totals = new TotalsByWorker({ has: () => true }, () => {
    throw new Error('a report was impossible')
  })
  totals.began(1)
  const sums = { reports: 0, us: 0, entries: 0, bytes: 0 }
  worker.on('message', (raw: Message) => {
    if (raw.kind !== 'report') return
    const before = process.cpuUsage()
    const { changed, left } = readFromWorker(raw)
    totals.report(1, changed, left)
    sums.us += cpuUsSince(before)
    sums.reports += 1
    sums.entries += changed.length
    sums.bytes += serialize(raw).length
  })
  return sums
}

const connectionCount = async (): Promise<number> => {
  const { connectionsWithin, openFilesLimit } = await load('system/open-files')
  const most = connectionsWithin(openFilesLimit() - RESERVED_FILES)
  if (most < Number(values.connections)) console.log(`The limit of open files allows ${most} connections.`)
  return Math.min(most, Number(values.connections))
}

const percent = (us: number): number => us / 1e4 / seconds

/** @returns the part of a core that the reports take, in percent */
const measureWorker = async (servers: readonly string[]): Promise<number> => {
  const worker = start('worker.js', [values.engine, ...servers])
  const { port } = await hear<Message & { port: number }>(worker, 'listening')
  const clients = await openClients(port, await connectionCount())
  const stopSending = sendInTurns(clients, Number(values['per-second']))
  const measure = async (reports: boolean): Promise<WorkerFigures> => {
    worker.send({ reports, seconds } satisfies MeasureOrder)
    return hear<WorkerFigures>(worker, 'figures')
  }
  await measure(true)
  const read = await readReports(worker)
  const rounds: { off: WorkerFigures; on: WorkerFigures }[] = []
  while (rounds.length < Number(values.rounds)) rounds.push({ off: await measure(false), on: await measure(true) })
  stopSending()
  for (const client of clients) client.destroy()
  await stop(worker)

  console.log(
    `${values.engine}: ${clients.length} connections to ${servers.length} servers, ${values['per-second']} bytes a second`,
  )
  const show = (us: readonly number[]): string => us.map((each) => percent(each).toFixed(2)).join('  ')
  console.log(`  % of a core, reports off:  ${show(rounds.map(({ off }) => off.cpuUs))}`)
  console.log(`  % of a core, reports on:   ${show(rounds.map(({ on }) => on.cpuUs))}`)
  console.log(`  % of a core, in reports:   ${show(rounds.map(({ on }) => on.reportUs))}`)
  const each = (sum: number): string => (sum / read.reports).toFixed(1)
  console.log(`  a report: ${each(read.entries)} entries, ${each(read.bytes / 1024)} KiB; read in ${each(read.us)} µs`)
  return Math.max(...rounds.map(({ on }) => percent(on.reportUs)))
}

const main = async (): Promise<boolean> => {
  const farServers = start('servers.js', [values.servers])
  const [servers] = (await once(farServers, 'message')) as [string[]]
  const most = await measureWorker(servers)
  console.log(`4 workers, ${servers.length} servers`)
  for (const [path, { cpuMs, medianMs, kib }] of await measureAnswers(servers, ['/metrics', '/stats'])) {
    const cost = `${cpuMs.toFixed(1)} ms of the primary's CPU, there after ${medianMs.toFixed(1)} ms`
    console.log(`  ${path}: ${kib.toFixed(0)} KiB, ${cost}`)
  }
  await stop(farServers)
  const limit = values['max-percent']
  return limit === undefined || most <= Number(limit)
}

await runProgram(main)
