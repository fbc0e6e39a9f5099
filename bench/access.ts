/**
 * What access lists cost: how long a file of networks takes to load, how many bytes go to each worker, and how long a
 * decision takes, for IPv4 clients as the kernel engine has them, and for text. Fails above the limits that are given.
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
}

const built = (file: string): Promise<object> => import(pathToFileURL(join(projectRoot, 'dist', file)).href)
const { readNetworkFile, accessTable, isAdmitted } = Object.assign(
  {},
  await built('config/networks/network-file.js'),
  await built('config/networks/access-table.js'),
  await built('proxy/admit/access/access.js'),
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

/** Microseconds for one decision. */
const timeDecisions = (table: object, clients: readonly (string | number)[]): number => {
  let admitted = 0
  const decide = () => {
    for (const client of clients) if (isAdmitted(table, client)) admitted += 1
  }
  decide()
  const began = performance.now()
  for (let round = 0; round < ROUNDS; round++) decide()
  const us = ((performance.now() - began) * 1000) / (ROUNDS * clients.length)
  if (admitted === 0) throw new Error('nobody was admitted')
  return us
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
  report(`ms to load ${count} networks`, performance.now() - began, values['max-load-ms'])
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
} finally {
  rmSync(directory, { recursive: true })
}
process.exitCode = isGood ? 0 : 1
