import { readdirSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { Random } from '../support/random.ts'
import { until, within } from '../support/until.ts'
import { inWorkers } from './support/preload.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'
import { ALL_STATES, Relays } from './support/relays.ts'
import { successorOf, takingOver, withControl } from './support/taking-over.ts'

/** What the tests look at of a connection as the admin shows it. */
interface Answer {
  readonly connectionId: string
  readonly ageMs: number
  readonly nextClock: { readonly inMs: number }
  readonly story: readonly { readonly what: string }[]
}

const opened: Relays[] = []

afterEach(async () => {
  await endAll()
  for (const relays of opened.splice(0)) await relays.close()
})

/** A copyloop of one worker with the kernel engine, and connections through it. */
const withRelays = async (listener: object = {}, config: object = {}, environment: Record<string, string> = {}) => {
  const relays = await Relays.open()
  opened.push(relays)
  const { listeners, upstreams } = relayTo(relays.address)
  const copyloop = await run(
    { listeners: [{ ...listeners[0], ...listener }], upstreams, engine: 'kernel', ...config },
    environment,
  )
  return { copyloop, relays, proxy: copyloop.address('web') }
}

/** Puts a new worker in the place of the only one. */
const replace = async (copyloop: Copyloop): Promise<void> => {
  const answer = await copyloop.admin('/reload?workers=true', { method: 'POST' })
  expect([answer.status, await answer.json()]).toMatchObject([200, { workers: { replaced: 1 } }])
}

const left = ({ log }: Copyloop) => log.filter(({ msg }) => msg.includes('has left'))
const linesOf = ({ log }: Copyloop) => log.filter(({ msg }) => msg === 'connection')
const pidOf = async (copyloop: Copyloop) => (await copyloop.stats()).workers.at(-1)?.pid ?? 0
/** Pipes are kept for the next ones that need them. */
const socketsOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => linkOf(`/proc/${pid}/fd/${fd}`).startsWith('socket:')).length
const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    // It was closed meanwhile.
    return ''
  }
}

test('connections in every state move to new workers, again and again, and neither end can tell', async () => {
  const { copyloop, relays, proxy } = await withRelays()
  await replace(copyloop)
  await until('the first worker has left', () => left(copyloop).length === 1)
  const sockets = socketsOf(await pidOf(copyloop))
  await relays.addAll(ALL_STATES, 2, proxy)
  for (let times = 2; times <= 4; times++) {
    await replace(copyloop)
    await until('the old worker has left', () => left(copyloop).length === times)
    expect(left(copyloop).at(-1)).toMatchObject({ handedOver: relays.all.length, endedByThemselves: 0, cutShort: 0 })
  }
  await relays.goOn()
  const { totals } = await copyloop.untilStats('all have ended', (stats) => stats.totals.connectionsActive === 0)
  expect(totals).toMatchObject({
    connectionsAccepted: relays.all.length,
    outcomes: { completed: 12, upstreamReset: 2 },
  })
  await until('every connection has its line', () => linesOf(copyloop).length === relays.all.length)
  const lines = linesOf(copyloop)
  expect(new Set(lines.map(({ connectionId }) => connectionId)).size).toBe(relays.all.length)
  expect(lines.map(({ handedOver }) => handedOver)).toEqual(relays.all.map(() => 3))
  expect([totals.bytesToUpstream, totals.bytesToClient]).toEqual([
    relays.received('upstream'),
    relays.received('client'),
  ])
  const pid = await pidOf(copyloop)
  await until('no socket is kept', () => socketsOf(pid) === sockets)
  expect(copyloop.stderr).toBe('')
}, 60_000)

test('they move to another copyloop that takes over, again and again, and neither end can tell', async () => {
  const relays = await Relays.open()
  opened.push(relays)
  const generation = withControl(relays.address, { engine: 'kernel', workers: 2 })
  const all = [await run(generation.config)]
  await relays.addAll(ALL_STATES, 2, (all[0] as Copyloop).address('web'))
  for (let times = 1; times <= 3; times++) {
    const old = all.at(-1) as Copyloop
    all.push(await takingOver(successorOf(old, generation)).serving())
    expect(await old.exited).toBe(0)
    expect([old.stderr, old.log.filter(({ level }) => level > 30)]).toEqual(['', []])
  }
  const last = all.at(-1) as Copyloop
  expect((await last.stats()).totals).toMatchObject({ connectionsAccepted: 14, connectionsActive: 14 })
  await relays.goOn()
  const { totals } = await last.untilStats('all have ended', (stats) => stats.totals.connectionsActive === 0)
  expect(totals).toMatchObject({ connectionsAccepted: 14, outcomes: { completed: 12, upstreamReset: 2 } })
  expect([totals.bytesToUpstream, totals.bytesToClient]).toEqual([
    relays.received('upstream'),
    relays.received('client'),
  ])
  await until('every connection has its line', () => linesOf(last).length === 14)
  expect(linesOf(last).map(({ handedOver }) => handedOver)).toEqual(relays.all.map(() => 3))
  expect(all.slice(0, -1).flatMap(linesOf)).toEqual([])
}, 60_000)

test('its clocks go on, and its ID, story and record come along', async () => {
  const { copyloop, relays, proxy } = await withRelays({ timeouts: { idle: '3s' } })
  const { client, upstream } = await relays.add('idle', proxy)
  client.send(10)
  await until('it has come', () => upstream.received === 10)
  const [before] = ((await (await copyloop.admin('/connections')).json()) as { connections: Answer[] }).connections
  const id = before?.connectionId
  await replace(copyloop)
  await until('the old worker has left', () => left(copyloop).length === 1)
  const detail = (await (await copyloop.admin(`/connections/${id}`)).json()) as Answer
  expect(detail.nextClock).toMatchObject({ clock: 'idle' })
  expect(detail.nextClock.inMs).toBeLessThan(before?.nextClock.inMs ?? 0)
  expect(detail.ageMs).toBeGreaterThan(before?.ageMs ?? 0)
  expect(detail).toMatchObject({ living: true, connectionId: id, worker: 2, bytesToUpstream: 10 })
  expect(detail.story.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['accepted', 'dialled', 'firstByteToUpstream', 'handedOver']),
  )
  await until('it has ended', () => linesOf(copyloop).length === 1)
  expect(linesOf(copyloop)[0]).toMatchObject({ connectionId: id, outcome: 'idleTimeout', handedOver: 1, worker: 2 })
})

test('it keeps its place in every limit', async () => {
  const { copyloop, relays, proxy } = await withRelays({ maxConnections: 4, maxConnectionsPerClient: 3 })
  for (let count = 0; count < 3; count++) await relays.add('idle', proxy)
  await replace(copyloop)
  await until('the old worker has left', () => left(copyloop).length === 1)
  void relays.add('idle', proxy).catch(() => {})
  await until('it was refused', () => linesOf(copyloop).some(({ outcome }) => outcome === 'overLimit'))
})

test('an operator can end one after it has moved', async () => {
  const { copyloop, relays, proxy } = await withRelays()
  const { client } = await relays.add('idle', proxy)
  const id = ((await (await copyloop.admin('/connections')).json()) as { connections: Answer[] }).connections[0]
    ?.connectionId
  await replace(copyloop)
  await until('the old worker has left', () => left(copyloop).length === 1)
  expect((await copyloop.admin(`/connections/${id}`, { method: 'DELETE' })).status).toBe(200)
  expect(await within('the reset', client.receivedAll)).toBe('ECONNRESET')
  expect(await (await copyloop.admin(`/connections/${id}`)).json()).toMatchObject({ living: false, outcome: 'killed' })
})

test('what is inspected stays and drains, and the log says so', async () => {
  const inspector = fileURLToPath(new URL('../inspection/inspectors/pass-all.js', import.meta.url))
  const { copyloop, relays, proxy } = await withRelays({ inspect: [{ use: inspector }] })
  await relays.add('idle', proxy)
  await replace(copyloop)
  await until('the log says so', () => copyloop.logged('1 stay until they end: 1 inspected'))
  await relays.goOn()
  await until('the old worker has left', () => left(copyloop).length === 1)
  expect(linesOf(copyloop)[0]).toMatchObject({ outcome: 'completed', worker: 1 })
})

/** Each message of a hand-over, which is made of its length and its text, takes 5 ms more: so that it lasts longer than a look. */
const SLOWLY = `
  const { concat } = Buffer
  const still = new Int32Array(new SharedArrayBuffer(4))
  Buffer.concat = (parts, ...more) => {
    if (parts[0]?.length === 4) Atomics.wait(still, 0, 0, 5)
    return concat(parts, ...more)
  }
`
/** Until so many have been killed while connections were on their way. */
const KILLS = 1

test.each(['giver', 'taker'] as const)(
  'a %s that is killed takes with it what it had, as resets',
  async (killed) => {
    const seed = Date.now() % 1_000_000
    const random = new Random(seed)
    for (let kills = 0; kills < KILLS; ) {
      const { copyloop, relays, proxy } = await withRelays({}, {}, inWorkers(SLOWLY))
      await relays.addAll(['idle'], 50, proxy)
      await relays.addAll(ALL_STATES, 3, proxy)
      await relays.addAll(['idle'], 50, proxy)
      const giver = await pidOf(copyloop)
      const replaced = copyloop.admin('/reload?workers=true', { method: 'POST' })
      const taker = (await copyloop.untilStats('there are two workers', ({ workers }) => workers.length === 2))
        .workers[1]
      await until('the hand-over begins', () => copyloop.logged('takes the place of'))
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 200)))
      const hasLeft = left(copyloop).length > 0
      kill(killed === 'giver' ? giver : (taker?.pid ?? 0))
      await replaced
      await copyloop.untilStats('one serves', ({ workers }) => workers.some(({ state }) => state === 'serving'))
      const table = await relays.goOnOrReset().catch((error: AggregateError) => {
        throw new Error(`${error.errors}; seed ${seed}`)
      })
      if (process.env.SHOW_TABLE) console.log(killed, JSON.stringify(table))
      if (!hasLeft) kills += 1
      await endAll()
    }
  },
  60_000,
)

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has given all and has left.
  }
}
