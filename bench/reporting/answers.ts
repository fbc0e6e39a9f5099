import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { own, stop } from '../measure/children.ts'
import { freePort, untilListening } from '../measure/ports.ts'
import { parseStat } from '../measure/processes.ts'
import { projectRoot } from '../paths.ts'
import { visit } from './clients.ts'

const WORKERS = 4
const TIMES = 30
const TICK_MS = 10

/** What an answer of the admin costs and weighs. */
interface AnswerFigures {
  readonly cpuMs: number
  readonly medianMs: number
  readonly kib: number
}

/** Asks a copyloop with four workers, each of which has had connections to all of the servers. */
export const measureAnswers = async (
  servers: readonly string[],
  paths: readonly string[],
): Promise<Map<string, AnswerFigures>> => {
  const folder = mkdtempSync(join(tmpdir(), 'copyloop-bench-'))
  const [port, admin] = [await freePort(), await freePort()]
  const file = join(folder, 'copyloop.json')
  const config = {
    workers: WORKERS,
    admin: { listen: `127.0.0.1:${admin}` },
    log: { level: 'warn', access: false },
    listeners: [{ name: 'web', listen: `127.0.0.1:${port}`, upstream: 'app' }],
    upstreams: [{ name: 'app', servers }],
  }
  writeFileSync(file, JSON.stringify(config))
  const child = own(spawn(process.execPath, [join(projectRoot, 'dist/cli.js'), 'run', '-c', file], { stdio: 'ignore' }))
  try {
    await untilListening(admin, () => {})
    while ((await fetch(`http://127.0.0.1:${admin}/readyz`)).status !== 200) await sleep(50)
    await visit(port, 2 * WORKERS * servers.length)
    const figures = new Map<string, AnswerFigures>()
    for (const path of paths) figures.set(path, await ask(`http://127.0.0.1:${admin}${path}`, child.pid ?? 0))
    return figures
  } finally {
    await stop(child)
    rmSync(folder, { recursive: true })
  }
}

const ask = async (url: string, pid: number): Promise<AnswerFigures> => {
  await (await fetch(url)).text()
  const times: number[] = []
  let length = 0
  const before = ticksOf(pid)
  for (let time = 0; time < TIMES; time++) {
    const began = performance.now()
    length = (await (await fetch(url)).arrayBuffer()).byteLength
    times.push(performance.now() - began)
  }
  const cpuMs = ((ticksOf(pid) - before) * TICK_MS) / TIMES
  return { cpuMs, medianMs: times.toSorted((a, b) => a - b)[TIMES / 2] ?? 0, kib: length / 1024 }
}

const ticksOf = (pid: number): number => parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).ticks
