/**
 * What access lists and limits per client cost: how long a file of networks takes to load, how many bytes go to each
 * worker, and how long a decision takes, for IPv4 clients as the kernel engine has them, and for text. Fails above the
 * limits that are given.
 *
 *     npm run bench:access -- [--networks 100000] [--max-load-ms 1000] [--max-decision-us 2]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { serialize } from 'node:v8'
import { projectRoot } from './paths.ts'

/** What is measured, as far as it is called here. */
interface Program {
  readNetworkFile(path: string): { networks: unknown[] } | object
  accessTable(lists: { allow: undefined; deny: unknown[] }): object | undefined
  isAdmitted(table: object, client: string | number): boolean
  ClientLayout: new (places: number) => { length: number }
  ClientTable: new (numbers: Int32Array, layout: object, place: number) => Table
  paceOf(rate: { count: number; perMs: number; burst: number }): object
}

interface Table {
  enter(client: { group: number; high: number; low: number }, limits: object, clock: () => bigint): number
  leave(entry: number): void
}

const built = (file: string): Promise<object> => import(pathToFileURL(join(projectRoot, 'dist', file)).href)
const { readNetworkFile, accessTable, isAdmitted, ClientLayout, ClientTable, paceOf } = Object.assign(
  {},
  await built('config/networks/network-file.js'),
  await built('config/networks/access-table.js'),
  await built('proxy/admit/access/access.js'),
  await built('serving/clients/client-layout.js'),
  await built('serving/clients/client-table.js'),
  await built('serving/clients/token-bucket.js'),
) as Program

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: '100000' },
    'max-load-ms': { type: 'string', default: '1000' },
    'max-decision-us': { type: 'string', default: '2' },
  },
})
const count = Number(values.networks)
const CLIENTS = 10_000
const ROUNDS = 50

const below = (limit: number): number => Math.floor(Math.random() * limit)
const ipv4 = (): string => [1 + below(223), below(256), below(256), below(256)].join('.')
const ipv6 = (): string => ['2001', ...Array.from({ length: 7 }, () => below(65_536).toString(16))].join(':')
const randomNetwork = (index: number): string =>
  index % 4 === 0 ? `${ipv6()}/${48 + below(81)}` : `${ipv4()}/${20 + below(13)}`

const asNumber = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0) * 65_536 + 4711

const load = (path: string): object => {
  const read = readNetworkFile(path)
  if (!('networks' in read)) throw new Error('the file cannot be read')
  const table = accessTable({ allow: undefined, deny: read.networks })
  if (table === undefined) throw new Error('no networks')
  return table
}

/** CPU time in milliseconds: other programs may run beside this one. Collecting garbage in other threads is in it. */
const cpuMsOf = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Microseconds for one decision. */
const timeDecisions = (table: object, clients: readonly (string | number)[]): number => {
  let admitted = 0
  const decide = () => {
    for (const client of clients) if (isAdmitted(table, client)) admitted += 1
  }
  decide()
  const ms = cpuMsOf(() => {
    for (let round = 0; round < ROUNDS; round++) decide()
  })
  if (admitted === 0) throw new Error('nobody was admitted')
  return (ms * 1000) / (ROUNDS * clients.length)
}

/** Microseconds to count a connection of a client and its end; clients by the hundred thousand, and four workers. */
const timeCounting = (): number => {
  const layout = new ClientLayout(4)
  const table = new ClientTable(new Int32Array(layout.length), layout, 0)
  const limits = { connections: 100, pace: paceOf({ count: 1_000, perMs: 1_000, burst: 1_000 }) }
  const ms = cpuMsOf(() => {
    for (let visit = 0; visit < 300_000; visit++) {
      const client = { group: 2, high: 0, low: Math.imul(visit % 100_000, 0x9e37_79b1) | 0 }
      const entry = table.enter(client, limits, process.hrtime.bigint)
      if (entry >= 0) table.leave(entry)
    }
  })
  return ms / 300
}

let isGood = true
const report = (what: string, value: number, limit?: string): void => {
  const isMet = limit === undefined || value <= Number(limit)
  isGood &&= isMet
  console.log(
    `${what}: ${value.toFixed(3)}${limit === undefined ? '' : ` (at most ${limit}${isMet ? '' : ': NOT MET'})`}`,
  )
}

const directory = mkdtempSync(join(tmpdir(), 'copyloop-bench-'))
try {
  const path = join(directory, 'deny.txt')
  writeFileSync(path, Array.from({ length: count }, (_, index) => randomNetwork(index)).join('\n'))
  const began = performance.now()
  const table = load(path)
  report(`ms to load ${count} networks`, performance.now() - began)
  report(
    'ms of CPU for it',
    cpuMsOf(() => load(path)),
    values['max-load-ms'],
  )
  report('KiB to each worker', serialize(table).length / 1024)
  const ipv4Clients = Array.from({ length: CLIENTS }, ipv4)
  const limit = values['max-decision-us']
  report('µs to decide about IPv4, a number', timeDecisions(table, ipv4Clients.map(asNumber)), limit)
  report(
    'µs to decide about IPv4, text',
    timeDecisions(
      table,
      ipv4Clients.map((client) => `${client}:4711`),
    ),
    limit,
  )
  const ipv6Clients = Array.from({ length: CLIENTS }, () => `[${ipv6()}]:4711`)
  report('µs to decide about IPv6, text', timeDecisions(table, ipv6Clients), limit)
  report('µs to count a connection of a client, and its end', timeCounting())
} finally {
  rmSync(directory, { recursive: true })
}
process.exitCode = isGood ? 0 : 1
