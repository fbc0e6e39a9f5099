/**
 * What idle connections cost: opens many through one of our engines, leaves them alone, and counts each worker's system
 * calls per second (strace, 10 s) and the memory of each connection (PSS). Fails above the limits that are given.
 *
 *     npm run bench:idle -- [--engine kernel] [--connections 4000] [--seconds 10] [--max-calls 20] [--max-kib 2]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { runProgram } from './measure/children.ts'
import { Generator } from './measure/forked.ts'
import { withSetting } from './measure/measure.ts'
import { processTree, pssKiB } from './measure/processes.ts'
import { countCalls, straceAbsent } from './measure/strace.ts'
import { copyloop } from './peers/copyloop.ts'
import { sideWork } from './work/work.ts'

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'kernel' },
    connections: { type: 'string', default: '4000' },
    workers: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '10' },
    'max-calls': { type: 'string' },
    'max-kib': { type: 'string' },
  },
})
const SETTLE_MS = 30_000
const count = Number(values.connections)
const seconds = Number(values.seconds)
const work = sideWork('idle', { kind: 'idle', settings: { connections: count } }, Number(values.workers))

const main = async (): Promise<boolean> => {
  const noStrace = await straceAbsent()
  const peer = copyloop({ engine: values.engine === 'streams' ? 'streams' : 'kernel' })
  return withSetting(work, peer, async ({ peer: running, generators: [generator] }) => {
    if (running.pid === undefined || !generator) throw new Error('nothing runs')
    const primary = running.pid
    const warm = await Generator.start('idle', { port: running.port, connections: 50 })
    await warm.run(0)
    await warm.stop()
    await sleep(1000)
    const before = workersOf(primary).reduce((sum, pid) => sum + pssKiB(pid), 0)
    const { errors } = await generator.run(0)
    // Until what is done once for a connection that lasts is done, and the heap has been swept.
    await sleep(SETTLE_MS)
    const workers = workersOf(primary)
    const kib = (workers.reduce((sum, pid) => sum + pssKiB(pid), 0) - before) / count
    console.log(`${peer.label}: ${count} idle connections over ${workers.length} workers`)
    let good = report('KiB of worker PSS per connection', kib, values['max-kib'])
    if (noStrace !== undefined) console.log(`System calls not counted: ${noStrace}.`)
    else {
      for (const pid of workers) {
        const counts = await countCalls([pid], () => sleep(seconds * 1000))
        const perSecond = [...counts.values()].reduce((sum, calls) => sum + calls, 0) / seconds
        good = report(`system calls per second of worker ${pid}`, perSecond, values['max-calls']) && good
        for (const [call, calls] of [...counts].sort((a, b) => b[1] - a[1])) {
          console.log(`  ${(calls / seconds).toFixed(1).padStart(8)}  ${call}`)
        }
      }
    }
    // Used again: connections that had been lost would have been cheap.
    const lost = [...errors, ...(await generator.run(0)).errors]
    if (lost.length > 0) console.log(`Connections went wrong: ${lost.join('; ')}`)
    return good && lost.length === 0
  })
}

const workersOf = (primary: number): number[] => {
  return processTree(primary).slice(1)
}

const report = (what: string, value: number, limit: string | undefined): boolean => {
  const good = limit === undefined || value <= Number(limit)
  console.log(
    `${what}: ${value.toFixed(2)}${limit === undefined ? '' : ` (at most ${limit}${good ? '' : ': NOT MET'})`}`,
  )
  return good
}

await runProgram(main)
