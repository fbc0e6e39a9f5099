/**
 * What health checks cost the primary: starts many servers and one copyloop that checks each of them every second, by
 * connecting and by a PING that expects its answer. Fails above the limit that is given.
 *
 *     npm run bench:checks -- [--servers 500] [--seconds 15] [--max-percent 15]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from './measure/ports.ts'
import { parseStat } from './measure/processes.ts'
import { projectRoot } from './paths.ts'

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '15' },
    'max-percent': { type: 'string' },
  },
})
const SETTLE_MS = 5_000
const TICKS_PER_SECOND = 100

const KINDS = {
  connect: { interval: '1s' },
  talk: { interval: '1s', send: 'PING\\r\\n', expect: '+PONG' },
}

/** Servers in this process, which is not measured; each answers whatever it gets. */
const openServers = async (count: number): Promise<string[]> => {
  const addresses: string[] = []
  while (addresses.length < count) {
    const server = createServer((socket) => {
      socket.on('error', () => {}).on('data', () => socket.write('+PONG\r\n'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    addresses.push(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  }
  return addresses
}

interface ServerCounts {
  readonly state: string
  readonly checks: { readonly passed: number; readonly failed: number }
}

const countsOf = async (admin: string) => {
  const response = await fetch(`http://${admin}/stats`)
  const { upstreams } = (await response.json()) as { upstreams: { app: { servers: Record<string, ServerCounts> } } }
  const all = Object.values(upstreams.app.servers)
  const sum = (result: 'passed' | 'failed') => all.reduce((total, { checks }) => total + checks[result], 0)
  return { passed: sum('passed'), failed: sum('failed'), up: all.filter(({ state }) => state === 'up').length }
}

const ticksOf = (pid: number): number => parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).ticks

/** @returns the primary's part of a core, in percent */
const measure = async (kind: keyof typeof KINDS, servers: readonly string[], folder: string): Promise<number> => {
  const admin = `127.0.0.1:${await freePort()}`
  const config = {
    workers: 1,
    admin: { listen: admin },
    log: { level: 'warn' },
    listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
    upstreams: [{ name: 'app', servers, health: KINDS[kind] }],
  }
  const file = join(folder, `${kind}.json`)
  writeFileSync(file, JSON.stringify(config))
  const copyloop = spawn(process.execPath, [join(projectRoot, 'dist', 'cli.js'), 'run', '-c', file], {
    stdio: 'ignore',
  })
  try {
    await sleep(SETTLE_MS)
    const pid = copyloop.pid ?? 0
    const [before, ticksBefore, beganMs] = [await countsOf(admin), ticksOf(pid), performance.now()]
    await sleep(Number(values.seconds) * 1_000)
    const [ticks, seconds, after] = [ticksOf(pid), (performance.now() - beganMs) / 1_000, await countsOf(admin)]
    const percent = ((ticks - ticksBefore) / TICKS_PER_SECOND / seconds) * 100
    const [passed, failed] = [after.passed - before.passed, after.failed - before.failed]
    console.log(
      `${kind}: ${percent.toFixed(1)} % of a core; ${Math.round(passed / seconds)} checks a second passed, ` +
        `${failed} failed in all; ${after.up} of ${servers.length} servers are up`,
    )
    return percent
  } finally {
    copyloop.kill('SIGTERM')
    await once(copyloop, 'exit')
  }
}

const folder = mkdtempSync(join(tmpdir(), 'copyloop-checks-'))
const servers = await openServers(Number(values.servers))
const percents = [await measure('connect', servers, folder), await measure('talk', servers, folder)]
rmSync(folder, { recursive: true })
const most = values['max-percent']
process.exit(most !== undefined && Math.max(...percents) > Number(most) ? 1 : 0)
