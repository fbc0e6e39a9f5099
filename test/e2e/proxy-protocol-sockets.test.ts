/** The headers for clients of unix sockets, and of sockets for both families. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { connectNamed } from '../support/named-client.ts'
import { binaryHeader, NO_CHECKSUM, tlv, unixEnds, withChecksum } from '../support/proxy-header.ts'
import { until } from '../support/until.ts'
import { closeAll, endOf, open } from './support/echo.ts'
import { type Copyloop, endAll, newDirectory, run } from './support/proxy.ts'

/** A server that keeps what it gets. */
let server: Server
let got = Buffer.alloc(0)
let address = ''

beforeAll(async () => {
  server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (piece) => {
        got = Buffer.concat([got, piece])
      })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  await endAll()
  await closeAll()
  got = Buffer.alloc(0)
})

afterAll(() => void server.close())

const start = (listen: string, listener: object, upstream: object, engine: string): Promise<Copyloop> =>
  run({
    listeners: [{ name: 'web', listen, upstream: 'app', ...listener }],
    upstreams: [{ name: 'app', servers: [address], ...upstream }],
    engine,
  })

const gets = (size: number): Promise<void> =>
  until(
    () => `${size} bytes of ${got.toString('latin1')}`,
    () => got.length >= size,
  )

const connectionId = async (copyloop: Copyloop): Promise<string> => {
  const isLine = ({ msg }: { msg: string }): boolean => msg === 'connection'
  await until('its line', () => copyloop.log.some(isLine))
  return String(copyloop.log.find(isLine)?.connectionId)
}

describe.each(ENGINES)('engine $name', ({ name }) => {
  test('a client of a unix socket has no words in v1', async () => {
    const path = join(newDirectory(), 'web.sock')
    await start(`unix:${path}`, {}, { sendProxyProtocol: 'v1' }, name)
    open(`unix:${path}`).write('hello')
    await gets(20)
    expect(got.toString()).toBe('PROXY UNKNOWN\r\nhello')
  })

  test('a client of a unix socket is one of AF_UNIX in v2', async () => {
    const path = join(newDirectory(), 'web.sock')
    const copyloop = await start(`unix:${path}`, {}, { sendProxyProtocol: 'v2' }, name)
    open(`unix:${path}`).end('hello')
    await gets(16)
    await gets(16 + got.readUInt16BE(14) + 'hello'.length)
    const id = got.subarray(16 + 216 + 3, got.length - 7 - 5).toString()
    const header = withChecksum(binaryHeader(0x21, 0x31, unixEnds('', path), tlv(5, id), NO_CHECKSUM))
    expect(got.toString('hex')).toBe(Buffer.concat([header, Buffer.from('hello')]).toString('hex'))
    copyloop.signal('SIGTERM')
    copyloop.signal('SIGTERM')
    expect(await connectionId(copyloop)).toBe(id)
  })

  test.each([
    ['a path', (path: string) => `${path}-client`],
    ['an abstract name', (path: string) => `\0${path}`],
  ])('a client of a unix socket that has %s is named by it', async (_, nameFor) => {
    const path = join(newDirectory(), 'web.sock')
    const copyloop = await start(`unix:${path}`, {}, { sendProxyProtocol: 'v2' }, name)
    const client = connectNamed(nameFor(path), path)
    await gets(16 + 216)
    expect(got.subarray(13, 14).toString('hex')).toBe('31')
    expect(got.subarray(16, 16 + 216)).toEqual(unixEnds(nameFor(path), path))
    client.destroy()
    const shown = `unix:${nameFor(path).replace('\0', '@')}`
    await until('its line', () => copyloop.log.some(({ msg, client: seen }) => msg === 'connection' && seen === shown))
  })

  test.each([
    ['127.0.0.1', 'TCP4 127.0.0.1 127.0.0.1'],
    ['[::1]', 'TCP6 ::1 ::1'],
  ])('a client of %s is of its own family, also on a socket for both', async (host, words) => {
    const copyloop = await start(':0', {}, { sendProxyProtocol: 'v1' }, name)
    const port = copyloop.address('web').split(':').at(-1)
    const socket = open(`${host}:${port}`)
    await once(socket, 'connect')
    const line = `PROXY ${words} ${socket.localPort} ${port}\r\n`
    await gets(line.length)
    expect(got.toString()).toBe(line)
  })

  test('a peer on a unix socket may name a client; no list of networks has it', async () => {
    const directory = newDirectory()
    const [all, some] = ['all.sock', 'some.sock'].map((file) => `unix:${join(directory, file)}`) as [string, string]
    const line = 'PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n'
    await start(all, { acceptProxyProtocol: 'any' }, { sendProxyProtocol: 'v1' }, name)
    open(all).write(`${line}hello`)
    await gets(line.length + 5)
    expect(got.toString()).toBe(`${line}hello`)
    const other = await start(some, { acceptProxyProtocol: { trusted: ['0.0.0.0/0', '::/0'] } }, {}, name)
    const socket = open(some)
    socket.write(line)
    // A unix socket has no RST: its other end sees a close, and ECONNRESET if bytes were not read.
    expect(['FIN', 'ECONNRESET', 'EPIPE']).toContain(await endOf(socket.resume()))
    await until('its line', () => other.log.some(({ outcome }) => outcome === 'badProxyHeader'))
  })
})
