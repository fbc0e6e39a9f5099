/** `primary.js WAY PORT WORKERS`: keeps so many workers alive that share the port in that way. */
import cluster from 'node:cluster'
import { join } from 'node:path'
import { loadEngine } from './engine.ts'
import { isWay } from './ways.ts'

const [way, port, workers] = process.argv.slice(2)
if (!isWay(way)) throw new Error(`no such way: ${way}`)

cluster.schedulingPolicy = way === 'roundRobin' ? cluster.SCHED_RR : cluster.SCHED_NONE
const sockets: number[] = []
if (way === 'inherited') {
  const { openListeningSocket } = await loadEngine('listening-socket')
  sockets.push((await openListeningSocket({ kind: 'tcp', host: '127.0.0.1', port: Number(port) })).descriptor)
}
cluster.setupPrimary({
  exec: join(import.meta.dirname, 'worker.js'),
  args: [way, String(port)],
  stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...sockets],
})
cluster.on('exit', () => cluster.fork())
process.once('disconnect', () => process.exit())
process.once('SIGTERM', () => process.exit())
for (let count = 0; count < Number(workers); count++) cluster.fork()
