/**
 * What it costs to refuse a client, beside serving one: CPU time of the worker per connection, in turns. A served client
 * sends a byte, has it sent back, and leaves.
 *
 *     npm run bench:refusing -- [--rounds 3] [--connections 1000]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cleanUpAtEnd, own, stop } from './measure/children.ts'
import { freePort, untilListening } from './measure/ports.ts'
import { cpuSeconds, processTree } from './measure/processes.ts'
import { projectRoot } from './paths.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, connections: { type: 'string', default: '1000' } },
})
const AT_ONCE = 20
const BLOCKED = '127.0.0.2'
const HIGH = { maxConnectionsPerClient: 100_000, connectionRate: '1000000/s', connectionRatePerClient: '1000000/s' }

/** The listeners, and the address that clients of each come from. */
const CASES = {
  'served, nothing configured': { listener: {}, from: '127.0.0.1' },
  'served, lists and limits': { listener: { ...HIGH, deny: [BLOCKED] }, from: '127.0.0.1' },
  denied: { listener: { deny: [BLOCKED] }, from: BLOCKED },
  'over the limit of a client': { listener: { connectionRatePerClient: '1/m' }, from: BLOCKED },
} as const

/** Resolves when the connection has ended. */
const visit = async (port: number, localAddress: string): Promise<void> => {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {}).on('data', () => socket.resetAndDestroy())
  socket.write('1')
  await new Promise((resolve) => socket.once('close', resolve))
}

const visits = async (port: number, from: string): Promise<void> => {
  let left = Number(values.connections)
  const visitor = async () => {
    while (left-- > 0) await visit(port, from)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, visitor))
}

const echoServer = async (): Promise<Server> => {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const measure = async (engine: string, directory: string): Promise<void> => {
  const server = await echoServer()
  const admin = await freePort()
  const names = Object.keys(CASES) as (keyof typeof CASES)[]
  const ports = new Map(await Promise.all(names.map(async (name) => [name, await freePort()] as const)))
  const config = {
    workers: 1,
    engine,
    admin: { listen: `127.0.0.1:${admin}` },
    log: { file: join(directory, 'log') },
    listeners: names.map((name, index) => ({
      ...CASES[name].listener,
      name: `case-${index}`,
      listen: `127.0.0.1:${ports.get(name)}`,
      upstream: 'app',
    })),
    upstreams: [{ name: 'app', servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`] }],
  }
  const file = join(directory, 'copyloop.json')
  writeFileSync(file, JSON.stringify(config))
  const child = own(spawn(process.execPath, [join(projectRoot, 'dist/cli.js'), 'run', '-c', file], { stdio: 'ignore' }))
  try {
    await untilListening(admin, () => {})
    while ((await fetch(`http://127.0.0.1:${admin}/readyz`)).status !== 200) await sleep(50)
    const [worker = 0] = processTree(child.pid ?? 0).slice(1)
    const figures = new Map<string, string[]>()
    for (let round = 0; round <= Number(values.rounds); round++) {
      for (const name of names) {
        const before = cpuSeconds(worker)
        await visits(ports.get(name) ?? 0, CASES[name].from)
        const us = ((cpuSeconds(worker) - before) * 1e6) / Number(values.connections)
        // The first round warms up.
        if (round > 0) figures.set(name, [...(figures.get(name) ?? []), us.toFixed(0)])
      }
    }
    console.log(`\n${engine}: µs of CPU per connection, each round`)
    for (const [name, each] of figures) console.log(`  ${name.padEnd(28)} ${each.join('  ')}`)
  } finally {
    await stop(child)
    server.close()
  }
}

cleanUpAtEnd()
const directory = mkdtempSync(join(tmpdir(), 'copyloop-bench-'))
try {
  for (const engine of ['kernel', 'streams']) await measure(engine, directory)
} finally {
  rmSync(directory, { recursive: true })
}
process.exit()
