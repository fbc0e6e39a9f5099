/** Examples do what their comments say, with the programs that they are for. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../../bench/measure/ports.ts'
import { ENGINES } from '../support/engines.ts'
import { within } from '../support/until.ts'
import { closeAll, open } from './support/echo.ts'
import { endPrograms, isInstalled, startProgram } from './support/programs.ts'
import { type Copyloop, endAll, newDirectory, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await endPrograms()
  await closeAll()
})

interface Example {
  readonly listeners: { listen: string }[]
  readonly upstreams: { servers: (string | { address: string })[] }[]
}

/** The example with other addresses of its servers, and where its listeners listen. */
const example = (name: string, servers: readonly string[], listen: (address: string) => string): Example => {
  const config: Example = parse(readFileSync(`examples/${name}`, 'utf8'))
  for (const listener of config.listeners) listener.listen = listen([listener.listen].flat()[0] ?? '')
  for (const upstream of config.upstreams)
    upstream.servers = upstream.servers.map((server, index) => ({
      ...(typeof server === 'object' && server),
      address: servers[index] ?? '',
    }))
  return config
}

const untilStates = (copyloop: Copyloop, upstream: string, states: readonly string[]) =>
  copyloop.untilStats(
    `the servers are ${states}`,
    ({ upstreams }) =>
      Object.values(upstreams[upstream]?.servers ?? {})
        .map(({ state }) => state)
        .join() === states.join(),
    20_000,
  )

const REDIS = 'redis-server'
const hasRedis = isInstalled(REDIS, '--version')

const startRedis = (port: number, ...more: string[]) =>
  startProgram(REDIS, ['--port', `${port}`, '--dir', newDirectory(), '--save', '', ...more], port)

/** The first line that Redis answers to a command. */
const ask = async (address: string, command: string): Promise<string> => {
  const socket = open(address)
  socket.write(`${command}\r\n`)
  const [answer] = await within('an answer', once(socket, 'data'))
  socket.destroy()
  return String(answer).split('\r\n')[0] ?? ''
}

test.skipIf(!hasRedis).each(ENGINES)(
  `redis.yaml: every client may write, at the start and after a failover (engine $name)${hasRedis ? '' : ' (skipped: Redis is not installed)'}`,
  async ({ name: engine }) => {
    const [port, otherPort] = [await freePort(), await freePort()]
    const master = await startRedis(port)
    await startRedis(otherPort, '--replicaof', '127.0.0.1', `${port}`)
    const addresses = [port, otherPort].map((one) => `127.0.0.1:${one}`)
    const copyloop = await run({ engine, ...example('redis.yaml', addresses, () => '127.0.0.1:0') })
    const writes = async () => {
      for (let client = 0; client < 6; client++) expect(await ask(copyloop.address('redis'), 'SET key 1')).toBe('+OK')
    }
    await writes()
    await untilStates(copyloop, 'redis', ['up', 'down'])
    await writes()

    await ask(addresses[1] ?? '', 'REPLICAOF NO ONE')
    await master.end()
    await untilStates(copyloop, 'redis', ['down', 'up'])
    await writes()
  },
  40_000,
)

const hasPsql = isInstalled('psql', '--version')

/** ErrorResponse, PostgreSQL's documentation §55.7 and 55.8: a length of four bytes, fields that end with a NUL, and a NUL. */
const refusal = (message: string): Buffer => {
  const fields = Buffer.from(`SFATAL\0C57P03\0M${message}\0\0`)
  const head = Buffer.from('E....')
  head.writeUInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields])
}

test.skipIf(!hasPsql)(
  `postgres.yaml: psql finds the unix socket by its directory and port${hasPsql ? '' : ' (skipped: psql is not installed)'}`,
  async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(refusal('reached the server')))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const directory = newDirectory()
    const listen = (written: string): string =>
      written.startsWith('unix:') ? `unix:${join(directory, basename(written))}` : '127.0.0.1:0'
    await run(example('postgres.yaml', [address, address.replace('127.0.0.1', '127.0.0.2')], listen))
    const psql = spawn('psql', ['-h', directory, '-p', '6432', '-U', 'app', '-d', 'app', '-c', 'select 1'])
    expect(await within('its end', text(psql.stderr))).toContain('reached the server')
    server.close()
  },
)
