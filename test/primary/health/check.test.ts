import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '../../../src/config/fields/address.ts'
import { Check, type CheckPlan, type CheckResult } from '../../../src/primary/health/check.ts'
import { newDirectory } from '../../e2e/support/proxy.ts'
import { countSockets } from '../../support/descriptors.ts'
import { type Mood, MoodyServer } from '../../support/moody-server.ts'
import { until } from '../../support/until.ts'

const servers: MoodyServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const serverThat = async (mood: Mood, path?: string): Promise<MoodyServer> => {
  const server = await MoodyServer.open(mood, path)
  servers.push(server)
  return server
}

const check = (address: string, plan: Partial<CheckPlan> = {}): Promise<CheckResult> =>
  new Promise((resolve) => new Check(parseAddress(address), { timeoutMs: 5_000, ...plan }, resolve))

const PING = { send: 'PING\r\n', expect: 'PING\r' }

/** A server that answers each connection with these pieces, one by one. */
const answering = async (...pieces: string[]): Promise<MoodyServer> => {
  const server = await serverThat('stall')
  server.onStall = async (socket: Socket) => {
    for (const piece of pieces) {
      socket.write(piece, 'latin1')
      await pause(5)
    }
  }
  return server
}

test('a server that listens passes, and one that answers as expected does', async () => {
  const { address } = await serverThat('serve')
  expect(await check(address)).toEqual({ tookMs: expect.any(Number), error: undefined, isOwnFault: false })
  expect((await check(address, PING)).error).toBeUndefined()
  expect((await check((await serverThat('stall')).address)).error).toBeUndefined()
})

test.each([
  ['v1', /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ (\d+)\r\nPING$/],
  ['v2', /^\r\n\r\n\0\r\nQUIT\n\x20\0\0\0PING$/],
] as const)(
  'a server that must get PROXY headers gets one that names no client, %s',
  async (sendProxyProtocol, header) => {
    const server = await serverThat('stall')
    let got = ''
    server.onStall = (socket: Socket) => {
      socket.on('data', (piece) => {
        got += piece.toString('latin1')
        if (got.endsWith('PING')) socket.write('PONG')
      })
    }
    expect((await check(server.address, { send: 'PING', expect: 'PONG', sendProxyProtocol })).error).toBeUndefined()
    const [, port] = header.exec(got) ?? []
    expect(got).toMatch(header)
    if (sendProxyProtocol === 'v1') expect(server.address).toBe(`127.0.0.1:${port}`)
  },
)

test('a unix socket is checked alike', async () => {
  const server = await serverThat('serve', join(newDirectory(), 'app.sock'))
  expect((await check(server.address, PING)).error).toBeUndefined()
  await server.become('refuse')
  expect((await check(server.address)).error).toContain('ENOENT')
})

test.each<[Mood, string]>([
  ['refuse', 'connect ECONNREFUSED'],
  ['stall', 'no answer within 200 ms'],
  ['reset', 'ECONNRESET'],
])('a server that would %s fails, with the reason', async (mood, error) => {
  const server = await serverThat(mood)
  expect((await check(server.address, { ...PING, timeoutMs: 200 })).error).toContain(error)
})

test('a server that resets at once fails, one that only ends the connection passes', async () => {
  const server = await serverThat('reset')
  expect((await check(server.address)).error).toContain('ECONNRESET')
  await server.become('stall')
  server.onStall = (socket) => socket.end()
  expect((await check(server.address)).error).toBeUndefined()
})

test('a server on a busy machine that resets a little later fails too; the wait for that is not the time of a check', async () => {
  const server = await serverThat('stall')
  server.onStall = (socket) => setTimeout(() => socket.resetAndDestroy(), 25)
  expect((await check(server.address)).error).toContain('ECONNRESET')
  server.onStall = () => {}
  const began = performance.now()
  const { error, tookMs } = await check(server.address)
  expect([error, tookMs <= performance.now() - began - 40]).toEqual([undefined, true])
})

test('the answer may come in any pieces, with bytes of any value', async () => {
  const server = await answering('noise +', 'PO', 'N', 'G\0\xff', 'more')
  expect((await check(server.address, { expect: '+PONG\0\xff' })).error).toBeUndefined()
})

test('an answer without what is expected fails when its time is up, or when it is over', async () => {
  const server = await answering('+PON', 'g\r\n')
  const late = await check(server.address, { expect: '+PONG', timeoutMs: 100 })
  expect(late.error).toBe('its answer has not what is expected within 100 ms')
  expect(late.tookMs).toBeGreaterThanOrEqual(100)
  server.onStall = (socket) => socket.end('-ERR\r\n')
  expect((await check(server.address, { expect: '+PONG' })).error).toContain('ended the connection before')
})

test('an answer without end fails after its first MiB', async () => {
  const server = await serverThat('stall')
  server.onStall = (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024)));
    }
    socket.on('drain', more)
    more()
  }
  expect((await check(server.address, { expect: '+PONG', timeoutMs: 60_000 })).error).toContain('MiB')
})

test('no check leaves a descriptor, however it ends', async () => {
  const stalling = await serverThat('stall')
  const before = countSockets()
  for (const mood of ['serve', 'reset', 'refuse'] as const) {
    const server = await serverThat(mood)
    await check(server.address, PING)
    await check(server.address)
    await server.close()
  }
  const cancelled = new Check(parseAddress(stalling.address), { timeoutMs: 5_000, ...PING }, () => {
    throw new Error('it was cancelled')
  })
  await until('it is connected', () => stalling.living.size === 1)
  cancelled.cancel()
  await until('it is gone', () => stalling.living.size === 0)
  await until('every descriptor is closed', () => countSockets() <= before)
})

/** The local ends of sockets in TIME_WAIT whose other end is this port: proc_net(5), states are in the fourth field. */
const waitingFor = (address: string): string[] => {
  const port = Number(address.split(':')[1]).toString(16).toUpperCase().padStart(4, '0')
  const sockets = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return sockets.flatMap(([, local = '', remote, state]) =>
    remote === `0100007F:${port}` && state === '06' ? local : [],
  )
}

test('what was connected is reset: no port is kept in TIME_WAIT', async () => {
  const { address } = await serverThat('serve')
  // Another program may have had a server on this port.
  const before = waitingFor(address)
  for (let count = 0; count < 5; count++) {
    await check(address)
    await check(address, PING)
  }
  expect(waitingFor(address).filter((local) => !before.includes(local))).toEqual([])
})
