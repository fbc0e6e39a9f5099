/** Sessions of PostgreSQL live through copyloop's processes: its own benchmark checks its own sums. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { repeatedly } from '../../bench/measure/repeatedly.ts'
import { findPostgres, PostgresServer } from '../../bench/postgres/server.ts'
import { until } from '../support/until.ts'
import { command } from './support/admin.ts'
import { type Copyloop, endAll, newDirectory, run } from './support/proxy.ts'
import { endSessions, Psql } from './support/psql.ts'
import { type Generation, successorOf, takingOver, withControl } from './support/taking-over.ts'

const programs = findPostgres()
const canRun = programs !== undefined
const title = canRun ? '' : ' (skipped: PostgreSQL is not installed)'

let server: PostgresServer | undefined

beforeAll(async () => {
  if (programs !== undefined) server = await PostgresServer.start(programs, newDirectory())
})

afterEach(async () => {
  await endSessions()
  await endAll()
})

afterAll(() => server?.end())

const program = (name: string): string => join(programs ?? '', name)

/** @returns what it prints at its end. It fails if a client does. */
const pgbench = async (address: string, ...options: string[]): Promise<string> => {
  const [host = '', port = ''] = address.split(':')
  const args = ['-h', host, '-p', port, '-U', 'postgres', ...options, 'postgres']
  return (await promisify(execFile)(program('pgbench'), args)).stdout
}

/** Four clients for some seconds. TPC-B, unless told: each transaction adds the same to three balances, and writes it down. */
const load = (address: string, ...options: string[]): Promise<string> =>
  pgbench(address, '--no-vacuum', '--client=4', `--time=${LOAD_SECONDS}`, '--rate=200', ...options)

const LOAD_SECONDS = 3
/** The clients of two of the loads, and the sessions of psql. */
const LONG_LIVED = 4 + 4 + 3

const processed = (report: string): number => Number(/actually processed: (\d+)/.exec(report)?.[1])

const SUMS = `select sum(abalance) from pgbench_accounts; select sum(tbalance) from pgbench_tellers;
  select sum(bbalance) from pgbench_branches; select sum(delta) from pgbench_history; select count(*) from pgbench_history`

type Replace = (copyloop: Copyloop, generation: Generation) => Promise<Copyloop>

const byNewWorkers: Replace = async (copyloop) => {
  const { code, stderr } = await command(['reload', '--workers', '--admin', copyloop.adminAddress])
  expect([code, stderr]).toEqual([0, ''])
  return copyloop
}

const byTakingOver: Replace = async (copyloop, generation) => {
  const successor = await takingOver(successorOf(copyloop, generation)).serving()
  expect(await copyloop.exited).toBe(0)
  return successor
}

test.skipIf(!canRun).each([
  { what: 'workers', replace: byNewWorkers },
  { what: 'whole programs', replace: byTakingOver },
])(
  `sessions and transactions go on while $what are replaced every second${title}`,
  async ({ replace }) => {
    const direct = server?.address ?? ''
    await pgbench(direct, '--initialize', '--init-steps=dtgp', '--quiet')
    const generation = withControl(direct, { engine: 'kernel', workers: 2, drainTimeout: '20s' })
    const copyloops = [await run(generation.config)]
    const last = () => copyloops.at(-1) as Copyloop
    const address = last().address('web')
    const [writer, listener, notifier] = [0, 1, 2].map(() => new Psql(program('psql'), address)) as [Psql, Psql, Psql]
    const backends = () => Promise.all([writer, listener, notifier].map((one) => one.ask('select pg_backend_pid()')))
    const before = await backends()
    await writer.ask('begin; create table written (number int); insert into written values (1)')
    await writer.ask('declare numbers cursor for select generate_series(1, 1000)')
    expect(await writer.ask('fetch 2 from numbers')).toEqual(['1', '2'])
    await listener.ask('listen news')
    await notifier.ask('prepare double as select 2 * $1::int')

    const replacing = repeatedly(1000, async () => {
      const next = await replace(last(), generation)
      if (next !== last()) copyloops.push(next)
    })
    const [writes, reads]: [string[], string[]] = [[], []]
    // A busy machine may need longer for a replacement than a load takes.
    while (replacing.times < 2) {
      const [simple, prepared, select] = await Promise.all([
        load(address, '--protocol=simple'),
        load(address, '--protocol=prepared'),
        load(address, '--select-only', '--connect'),
      ])
      writes.push(simple, prepared)
      reads.push(select)
    }
    await replacing.stop()

    for (const report of [...writes, ...reads]) expect(report).toContain('number of failed transactions: 0 (0.000%)')
    const [accounts, tellers, branches, history, count] = await notifier.ask(SUMS)
    expect([tellers, branches, history]).toEqual([accounts, accounts, accounts])
    expect(Number(count)).toBe(writes.reduce((sum, report) => sum + processed(report), 0))

    expect(await backends()).toEqual(before)
    expect(await notifier.ask("execute double(21); notify news, 'it lives'")).toEqual(['42'])
    expect((await listener.ask('select 1')).at(-1)).toContain('"news" with payload "it lives" received')
    expect(await writer.ask('fetch 2 from numbers')).toEqual(['3', '4'])
    await writer.ask('commit')
    expect(await notifier.ask('select * from written; drop table written')).toEqual(['1'])

    await endSessions()
    const log = () => copyloops.flatMap((one) => one.log)
    const lines = () => log().filter(({ msg }) => msg === 'connection')
    const { totals } = await last().untilStats('all have ended', (stats) => stats.totals.connectionsActive === 0)
    await until('every session has its line', () => lines().length === totals.connectionsAccepted)
    expect([...new Set(lines().map(({ outcome }) => outcome))]).toEqual(['completed'])
    const moves = lines().map(({ handedOver = 0 }) => Number(handedOver))
    expect(moves.toSorted((one, other) => other - one)[LONG_LIVED - 1]).toBeGreaterThan(0)
    expect(log().filter(({ level }) => level > 30)).toEqual([])
  },
  40_000,
)
