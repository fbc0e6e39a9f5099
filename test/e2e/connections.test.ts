/** Living connections are listed, explained and ended by hand, whatever worker has them; ended ones are explained. */
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { ConnectionAnswer, ConnectionsAnswer } from '../../src/primary/admin/connections/connections.ts'
import { until } from '../support/until.ts'
import { command } from './support/admin.ts'
import { closeCountingServers, openCountingServer } from './support/counting-server.ts'
import { closeAll, echo, echoServer, endOf, open, openFrom } from './support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeCountingServers()
})

const ask = async (copyloop: Copyloop, path: string, method = 'GET') => {
  const response = await copyloop.admin(path, { method })
  return { status: response.status, body: await response.json() }
}

const list = async (copyloop: Copyloop, query = ''): Promise<ConnectionsAnswer> => {
  const { status, body } = await ask(copyloop, `/connections${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body as ConnectionsAnswer
}

/** Asks until the answer is as wanted. */
const untilListed = async (
  copyloop: Copyloop,
  query: string,
  isWanted: (answer: ConnectionsAnswer) => boolean,
): Promise<void> => {
  while (!isWanted(await list(copyloop, query))) await pause(100)
}

const explain = async (copyloop: Copyloop, id: string): Promise<ConnectionAnswer> => {
  const { status, body } = await ask(copyloop, `/connections/${id}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body as ConnectionAnswer
}

/** The line of the access log with this outcome. */
const lineOf = async (copyloop: Copyloop, outcome: string): Promise<Record<string, unknown>> => {
  const found = () => copyloop.log.find((line) => line.outcome === outcome)
  await until(`a line with outcome ${outcome}`, () => found() !== undefined)
  return found() ?? {}
}

const whats = ({ story }: ConnectionAnswer): string[] => story.map(({ what }) => what)

describe.each(['kernel', 'streams'])('engine %s:', (engine) => {
  const config = (servers: readonly unknown[], listener: object = {}, upstream: object = {}) => ({
    workers: 2,
    engine,
    listeners: [
      { name: 'web', listen: '127.0.0.1:0', upstream: 'app', ...listener },
      { name: 'other', listen: '127.0.0.1:0', upstream: 'app' },
    ],
    upstreams: [{ name: 'app', servers, ...upstream }],
  })

  test('all workers’ connections are listed, filtered, sorted and limited', async () => {
    const server = await echoServer()
    const copyloop = await run(config([server]))
    const [web, other] = [copyloop.address('web'), copyloop.address('other')]
    const sockets: Socket[] = []
    for (const [count, address] of [
      [1, web],
      [2, other],
      [3, web],
    ] as const) {
      const socket = openFrom(`127.0.0.${count + 1}`, address)
      await echo(socket, 'x'.repeat(1_000 * count))
      sockets.push(socket)
    }
    const all = await list(copyloop)
    expect(all).toMatchObject({ total: 3, returned: 3, partial: false })
    // Two workers tell ages of one moment some milliseconds apart.
    const byClient = all.connections.toSorted((one, other) => (one.client < other.client ? -1 : 1))
    expect(byClient.map(({ client }) => client.split(':')[0])).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.4'])
    expect(byClient[0]).toMatchObject({
      listener: 'web',
      upstream: 'app',
      server,
      engine,
      phase: 'relay',
      bytesToUpstream: 1_000,
      bytesToClient: 1_000,
      heldMs: 0,
      nextClock: { clock: 'idle' },
    })
    const sorted = await list(copyloop, '?sort=bytes&limit=2')
    expect(sorted).toMatchObject({ total: 3, returned: 2 })
    expect(sorted.connections.map(({ bytesToClient }) => bytesToClient)).toEqual([3_000, 2_000])
    expect((await list(copyloop, '?listener=other')).connections).toMatchObject([{ listener: 'other' }])
    expect(await list(copyloop, '?client=127.0.0.2/31')).toMatchObject({ total: 2 })
    expect(await list(copyloop, '?listener=other&client=127.0.0.2')).toMatchObject({ total: 0, connections: [] })
    expect(await ask(copyloop, '/connections?server=127.0.0.1:1')).toEqual({
      status: 404,
      body: { error: 'there is no server "127.0.0.1:1"', servers: [server] },
    })
    expect(await ask(copyloop, '/connections?listener=nope')).toEqual({
      status: 404,
      body: { error: 'there is no listener "nope"', listeners: ['web', 'other'] },
    })
    expect(await ask(copyloop, '/connections?listener=web&listener=other')).toMatchObject({ status: 400 })
    // Only one of them moves bytes.
    const talker = setInterval(() => sockets[1]?.write('y'.repeat(5_000)), 5)
    try {
      await untilListed(copyloop, '?sort=rate', ({ connections: [first, second] }) => {
        return (
          first?.listener === 'other' && first.bytesPerSecondToUpstream > 0 && second?.bytesPerSecondToUpstream === 0
        )
      })
    } finally {
      clearInterval(talker)
    }
  }, 60_000)

  test('one that lives is shown with its story, and ended by hand with a RST or a FIN', async () => {
    const copyloop = await run(config([await echoServer()]))
    for (const [how, seen] of [
      ['rst', 'ECONNRESET'],
      ['fin', 'FIN'],
    ] as const) {
      const socket = open(copyloop.address('web'))
      await echo(socket, 'hello')
      const [{ connectionId = '' } = {}] = (await list(copyloop)).connections
      const living = await explain(copyloop, connectionId)
      expect(living).toMatchObject({ living: true, connectionId, pendingToClient: 0, attempts: 1 })
      expect(whats(living)).toEqual(
        expect.arrayContaining([
          'accepted',
          'admitted',
          'dialling',
          'dialled',
          'firstByteToUpstream',
          'firstByteToClient',
        ]),
      )
      if (engine === 'kernel') expect(living.tcp).toMatchObject({ client: { retransmits: 0 }, server: {} })
      const ended = endOf(socket)
      const { status, body } = await ask(copyloop, `/connections/${connectionId}?how=${how}`, 'DELETE')
      expect([status, body]).toEqual([200, { connectionId, killed: true, how }])
      expect(await ended).toBe(seen)
      const after = await explain(copyloop, connectionId)
      expect(after).toMatchObject({ living: false, outcome: 'killed', endedBy: 'proxy' })
      expect(after.story.at(-1)).toMatchObject({
        what: 'ended',
        text: expect.stringContaining(how === 'fin' ? 'FIN' : 'RST'),
      })
      expect((await ask(copyloop, `/connections/${connectionId}`, 'DELETE')).status).toBe(404)
    }
    expect((await ask(copyloop, '/connections/nobody-1-1')).status).toBe(404)
    await copyloop.untilStats('both are counted', ({ totals }) => totals.outcomes.killed === 2)
  }, 60_000)

  test('one that is ended with a FIN gets what was counted, and no more', async () => {
    const server = await openCountingServer()
    server.onConnection = (socket) => socket.write(Buffer.alloc(32 * 1024 * 1024))
    const copyloop = await run(config([server.address]))
    const client = open(copyloop.address('web')).pause()
    await untilListed(copyloop, '', ({ connections }) => (connections[0]?.heldMs ?? 0) > 300)
    const [{ connectionId = '' } = {}] = (await list(copyloop)).connections
    await ask(copyloop, `/connections/${connectionId}?how=fin`, 'DELETE')
    const { bytesToClient } = await lineOf(copyloop, 'killed')
    let received = 0
    client.on('data', (bytes) => {
      received += bytes.length
    })
    const ended = endOf(client)
    client.resume()
    expect(await ended).toBe('FIN')
    expect(received).toBe(bytesToClient)
  }, 60_000)

  test('what decided an end is said: a clock, a list, a limit, a full queue', async () => {
    const server = await openCountingServer()
    const all = config([{ address: server.address, maxConnections: 1 }], {
      timeouts: { idle: '300ms' },
      deny: ['127.0.0.9'],
      maxConnectionsPerClient: 1,
    })
    const copyloop = await run(all)
    const web = copyloop.address('web')
    openFrom('127.0.0.9', web)
    const first = open(web)
    await until('it is relayed', () => server.living.size === 1)
    open(web)
    openFrom('127.0.0.2', web)
    await endOf(first)
    const decided = new Map<string, string | undefined>()
    await until('all have ended', () => copyloop.log.filter(({ connectionId }) => connectionId).length === 4)
    for (const { connectionId, outcome, client } of copyloop.log.filter(({ connectionId }) => connectionId)) {
      const { decidedBy, advice } = await explain(copyloop, String(connectionId))
      expect(advice).toContain(decidedBy)
      decided.set(`${outcome} ${String(client).split(':')[0]}`, decidedBy)
    }
    expect(Object.fromEntries(decided)).toEqual({
      'denied 127.0.0.9': 'listeners[0].deny',
      'idleTimeout 127.0.0.1': 'listeners[0].timeouts.idle',
      'overLimit 127.0.0.1': 'listeners[0].maxConnectionsPerClient',
      'overLimit 127.0.0.2': 'upstreams[0].servers',
    })
  }, 60_000)

  test('one that was blocked has the verdict, in its story and beside it', async () => {
    const file = join(newDirectory(), 'block.mjs')
    writeFileSync(
      file,
      `import { block, defineInspector } from ${JSON.stringify(join(process.cwd(), 'dist/index.js'))}
       export default defineInspector({ name: 'block', chunk: () => block('a secret') })`,
    )
    const copyloop = await run(config([await echoServer()], { inspect: [{ use: file }] }))
    open(copyloop.address('web')).write('hello')
    const { connectionId } = await lineOf(copyloop, 'blocked')
    const ended = await explain(copyloop, String(connectionId))
    expect(ended).toMatchObject({ verdict: 'block: a secret', inspectors: [expect.stringMatching(/^block@/)] })
    expect(ended.story.at(-1)?.text).toContain('An inspector blocked it: block: a secret.')
    const other = open(copyloop.address('other'))
    await echo(other, 'hello')
    const { connections } = await list(copyloop)
    expect(Object.keys(connections[0] ?? {})).not.toContain('inspectors')
  }, 60_000)

  test('an attempt that failed, and a side that reads nothing, are in the story', async () => {
    const server = await openCountingServer()
    server.onConnection = (socket) => socket.pause()
    const copyloop = await run(
      config(['127.0.0.1:1', server.address], { timeouts: { stall: '1s' } }, { ejection: 'off' }),
    )
    const found = () => copyloop.log.find(({ outcome, attempts }) => outcome === 'stallTimeout' && attempts === 2)
    for (let count = 0; count < 3; count++) open(copyloop.address('web')).write(Buffer.alloc(8 * 1024 * 1024))
    await until('one had two attempts', () => found() !== undefined)
    const ended = await explain(copyloop, String(found()?.connectionId))
    expect(ended.decidedBy).toBe('listeners[0].timeouts.stall')
    expect(whats(ended)).toEqual(expect.arrayContaining(['dialFailed', 'dialled', 'held', 'ended']))
    expect(ended).toMatchObject({ pendingToUpstream: expect.any(Number), heldMs: expect.any(Number) })
    expect(ended.pendingToUpstream).toBeGreaterThan(0)
    expect(ended.story.find(({ what }) => what === 'dialFailed')?.text).toMatch(
      /^127\.0\.0\.1:1 failed after \d+ ms: ECONNREFUSED$/,
    )
  }, 60_000)

  const unseen = engine === 'streams' ? ' (skipped: libuv watches no socket that is held)' : ''

  test.skipIf(unseen !== '')(
    `a client that has reset is told of while the server takes nothing${unseen}`,
    async () => {
      const server = await openCountingServer()
      server.onConnection = (socket) => socket.pause()
      const copyloop = await run(config([server.address], { timeouts: { stall: '3s' } }))
      const client = open(copyloop.address('web'))
      client.write(Buffer.alloc(32 * 1024 * 1024))
      await untilListed(copyloop, '', ({ connections }) => (connections[0]?.heldMs ?? 0) > 0)
      client.resetAndDestroy()
      const [{ connectionId = '' } = {}] = (await list(copyloop)).connections
      const held = async () => (await explain(copyloop, connectionId)).story.find(({ what }) => what === 'held')?.text
      await expect.poll(held).toContain('the client has reset since')
      await lineOf(copyloop, 'stallTimeout')
      expect((await explain(copyloop, connectionId)).story.at(-1)?.text).toContain('The client had reset before')
    },
    60_000,
  )

  test('the last of each outcome outlives its worker', async () => {
    const copyloop = await run({ ...config([await echoServer()], { timeouts: { idle: '200ms' } }), workers: 1 })
    await endOf(open(copyloop.address('web')))
    const { connectionId } = await lineOf(copyloop, 'idleTimeout')
    await copyloop.untilStats('it is reported', ({ totals }) => totals.outcomes.idleTimeout === 1)
    const [worker] = (await copyloop.stats()).workers
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    await copyloop.untilStats('another one serves', ({ workers }) =>
      workers.some(({ pid, state }) => pid !== worker?.pid && state === 'serving'),
    )
    expect(await explain(copyloop, String(connectionId))).toMatchObject({
      living: false,
      outcome: 'idleTimeout',
      decidedBy: 'listeners[0].timeouts.idle',
    })
  }, 60_000)
})

const REFUSED: readonly [query: string, message: string][] = [
  ['?sort=size', 'sort must be one of'],
  ['?limit=0', 'limit must be a whole number'],
  ['?limit=many', 'limit must be a whole number'],
  ['?client=300.1.1.1', 'client must be an address or a network'],
  ['?colour=red', 'there is no colour; there is listener, server, client, sort, limit'],
]

test('a query that is wrong is refused with what may be written', async () => {
  const copyloop = await run({
    listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
    upstreams: [{ name: 'app', servers: [await echoServer()] }],
  })
  for (const [query, message] of REFUSED) {
    const { status, body } = await ask(copyloop, `/connections${query}`)
    expect([query, status, body]).toEqual([query, 400, { error: expect.stringContaining(message) }])
  }
})

test('a worker that does not answer makes the list partial, not late', async () => {
  const copyloop = await run({
    workers: 2,
    listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
    upstreams: [{ name: 'app', servers: [await echoServer()] }],
  })
  for (let count = 0; count < 10; count++) await echo(open(copyloop.address('web')), 'hello')
  const [stopped] = (await copyloop.stats()).workers
  const lost = stopped?.connectionsActive ?? 0
  process.kill(stopped?.pid ?? 0, 'SIGSTOP')
  try {
    const answer = await list(copyloop)
    expect(answer).toMatchObject({ partial: true, total: 10 - lost })
    // It may be a listener that was removed, whose last connections the stopped worker has.
    expect(await list(copyloop, '?listener=nope')).toMatchObject({ partial: true, total: 0 })
  } finally {
    process.kill(stopped?.pid ?? 0, 'SIGCONT')
  }
  await untilListed(copyloop, '', ({ partial, total }) => !partial && total === 10)
}, 60_000)

test('a worker that does not answer is told of a kill all the same, and the answer says so', async () => {
  const copyloop = await run({ workers: 1, ...relayTo(await echoServer()) })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const [{ connectionId = '' } = {}] = (await list(copyloop)).connections
  const [worker] = (await copyloop.stats()).workers
  const ended = endOf(socket)
  process.kill(worker?.pid ?? 0, 'SIGSTOP')
  try {
    // An ID of another start, with the number of a worker that lives.
    const earlier = connectionId.replace(/^[^-]+/, 'm0000000')
    for (const method of ['GET', 'DELETE']) {
      expect((await ask(copyloop, `/connections/${earlier}`, method)).status, method).toBe(404)
    }
    expect((await ask(copyloop, `/connections/${connectionId}`)).status).toBe(504)
    const { code, stderr } = await command(['kill', connectionId, '--admin', copyloop.adminAddress])
    expect([code, stderr]).toEqual([
      1,
      `copyloop: the worker of connection ${connectionId} does not answer; it may still be ended when the worker answers again\n`,
    ])
  } finally {
    process.kill(worker?.pid ?? 0, 'SIGCONT')
  }
  expect(await ended).toBe('ECONNRESET')
}, 60_000)

test('the connections of a listener that was removed are found by its name as long as they live', async () => {
  const server = await echoServer()
  const configOf = (...names: string[]) => ({
    drainTimeout: '30s',
    listeners: names.map((name) => ({ name, listen: '127.0.0.1:0', upstream: 'app' })),
    upstreams: [{ name: 'app', servers: [server] }],
  })
  const directory = newDirectory()
  const file = writeConfig(configOf('web', 'old'), directory)
  const copyloop = await new Copyloop(['run', '-c', file]).serving()
  const socket = open(copyloop.address('old'))
  await echo(socket, 'hello')
  writeConfig(configOf('web'), directory)
  expect((await ask(copyloop, '/reload', 'POST')).status).toBe(200)
  expect(await list(copyloop, '?listener=old')).toMatchObject({ total: 1 })
  expect(await list(copyloop, '?listener=old&client=192.0.2.1')).toMatchObject({ total: 0 })
  socket.destroy()
  await untilListed(copyloop, '', ({ total }) => total === 0)
  expect((await ask(copyloop, '/connections?listener=old')).status).toBe(404)
}, 60_000)

test('copyloop connections says what is wrong with its flags, and that there are none', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  const connections = (...flags: string[]) => command(['connections', '--admin', copyloop.adminAddress, ...flags])
  expect(await connections()).toEqual({ code: 0, stdout: '', stderr: 'no living connections\n' })
  expect(await connections('--client', '192.0.2.1')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'no living connection matches\n',
  })
  expect(await connections('--listener', 'nope')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'copyloop: there is no listener "nope"; there is: web\n',
  })
}, 60_000)

test.each([
  ['--limit', '0', 'error: --limit must be a whole number from 1 to 100000'],
  ['--limit', 'x', 'error: --limit must be a whole number from 1 to 100000'],
  ['--limit', '', 'error: --limit must be a whole number from 1 to 100000'],
  ['--client', '1.2.3', 'error: --client must be an address or a network'],
])('copyloop connections %s %j is a wrong usage, whether or not a copyloop runs', async (flag, value, says) => {
  const { code, stderr } = await command(['connections', '--admin', '127.0.0.1:1', flag, value])
  expect([code, stderr.startsWith(says)]).toEqual([2, true])
})
