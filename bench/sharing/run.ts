/**
 * How should workers share a listening socket? Measures three ways, in turns: what a connection costs, how evenly long
 * ones spread, and what clients see while workers are killed. About three minutes.
 *
 *     npm run bench:sharing -- [--rounds 3] [--connections 10000] [--kills 20]
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { own, runProgram, stop } from '../measure/children.ts'
import { freePort, untilListening } from '../measure/ports.ts'
import { cpuSeconds, processTree } from '../measure/processes.ts'
import { withProgram } from './program.ts'
import { ask, visitWhile } from './visit.ts'
import { WAYS, type Way } from './ways.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '20' },
  },
})
const rounds = Number(values.rounds)
const connections = Number(values.connections)
const kills = Number(values.kills)

const LONG_LIVED = 1_000
const WORKERS = 4
const VISITORS = 8
const KILL_EVERY_MS = 400

interface RunningProgram {
  readonly port: number
  readonly pid: number
  /** Those that live now. */
  workers(): number[]
}

const withWay = async <T>(way: Way, workers: number, use: (running: RunningProgram) => Promise<T>): Promise<T> => {
  const port = await freePort()
  const child = own(fork(join(import.meta.dirname, 'primary.js'), [way, String(port), String(workers)]))
  const pid = child.pid ?? 0
  try {
    await untilListening(port, () => {})
    // All of them listen, not only the first.
    await sleep(1_000)
    return await use({ port, pid, workers: () => processTree(pid).slice(1) })
  } finally {
    await stop(child)
  }
}

/** CPU of all processes in ms, for 1,000 short connections. */
const costOf = async (way: Way): Promise<number> => {
  return withWay(way, availableParallelism(), async ({ port, pid }) => {
    await visits(port, connections / 5)
    const before = cpuSeconds(pid)
    await visits(port, connections)
    return ((cpuSeconds(pid) - before) * 1e6) / connections
  })
}

const visits = async (port: number, count: number): Promise<void> => {
  let begun = 0
  const results = await visitWhile(port, VISITORS, () => begun++ < count)
  if (results.get('answered') !== count) throw new Error(`not all were answered: ${shown(results)}`)
}

/** The connections of the fullest worker over those of the mean one; 1 is even. */
const unevennessOf = async (way: Way, atOnce: number): Promise<number> => {
  return withWay(way, WORKERS, async ({ port }) => {
    const perWorker = new Map<number, number>()
    for (const pid of await openLongLived(port, atOnce)) perWorker.set(pid, (perWorker.get(pid) ?? 0) + 1)
    return fullestOverMean([...perWorker.values()])
  })
}

/** The same of copyloop itself, whose kernel engine does something about it. */
const unevennessOfProgram = (engine: 'kernel' | 'streams', atOnce: number): Promise<number> => {
  return withProgram(engine, WORKERS, async (port, connections) => {
    const sockets = await openLongLived(port, atOnce)
    if (sockets.length !== LONG_LIVED) throw new Error('not all were opened')
    return fullestOverMean(await connections())
  })
}

/** Opens them, some at once, and answers with what each was answered. */
const openLongLived = async (port: number, atOnce: number): Promise<number[]> => {
  const answers: number[] = []
  for (let opened = 0; opened < LONG_LIVED; opened += atOnce) {
    for (const { answer } of await Promise.all(Array.from({ length: atOnce }, () => ask(port)))) {
      if (typeof answer === 'string') throw new Error(`a connection was not answered: ${answer}`)
      answers.push(answer)
    }
  }
  return answers
}

const fullestOverMean = (counts: readonly number[]): number => {
  return Math.max(...counts) / (LONG_LIVED / WORKERS)
}

/** What visitors see while workers are killed, one at a time or all together, each replaced at once. */
const visitsWhileKilling = async (way: Way, together: boolean): Promise<string> => {
  return withWay(way, WORKERS, async ({ port, workers }) => {
    let over = false
    const visiting = visitWhile(port, VISITORS, () => !over)
    for (let kill = 0; kill < kills; kill++) {
      await sleep(KILL_EVERY_MS)
      const alive = workers()
      const victims = together ? alive : [alive[kill % alive.length] ?? 0]
      for (const victim of victims) process.kill(victim, 'SIGKILL')
    }
    over = true
    const results = await visiting
    // A replacement whose primary ends while it starts would print an error of node:cluster's own.
    await sleep(1_000)
    return shown(results)
  })
}

const shown = (counts: Map<string, number>): string => {
  return ['answered', 'ended', 'refused', 'hung'].map((kind) => `${counts.get(kind) ?? 0} ${kind}`).join(', ')
}

const inTurns = async (what: string, measures: Record<string, () => Promise<number>>, unit: string): Promise<void> => {
  const figures = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      figures.set(name, [...(figures.get(name) ?? []), await measure()])
    }
  }
  console.log(`\n${what}, each round:`)
  for (const [name, each] of figures) {
    console.log(`  ${name.padEnd(26)} ${each.map((figure) => figure.toFixed(2)).join('  ')} ${unit}`)
  }
}

const eachWay = (measure: (way: Way) => Promise<number>): Record<string, () => Promise<number>> => {
  return Object.fromEntries((Object.keys(WAYS) as Way[]).map((way) => [WAYS[way], () => measure(way)]))
}

const main = async (): Promise<void> => {
  await inTurns(`CPU of all processes per 1,000 connections, ${availableParallelism()} workers`, eachWay(costOf), 'ms')
  for (const atOnce of [1, 100]) {
    await inTurns(
      `${LONG_LIVED} long connections over ${WORKERS} workers, opened ${atOnce} at once: fullest over mean`,
      {
        ...eachWay((way) => unevennessOf(way, atOnce)),
        'copyloop, streams engine': () => unevennessOfProgram('streams', atOnce),
        'copyloop, kernel engine': () => unevennessOfProgram('kernel', atOnce),
      },
      '',
    )
  }
  for (const together of [false, true]) {
    console.log(`\n${kills} times ${together ? 'all workers are' : 'a worker is'} killed, under ${VISITORS} visitors:`)
    for (const way of Object.keys(WAYS) as Way[]) {
      console.log(`  ${WAYS[way].padEnd(26)} ${await visitsWhileKilling(way, together)}`)
    }
  }
}

await runProgram(async () => {
  await main()
  return true
})
