import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Finding } from '../../../src/inspection/builtin/protocol/finding.ts'
import { FirstBytes } from '../../../src/inspection/builtin/protocol/first-bytes.ts'
import { recognizeClient, recognizeServer } from '../../../src/inspection/builtin/protocol/recognizers.ts'
import { ENGINES } from '../../support/engines.ts'
import { measureMemory } from '../../support/memory.ts'
import { never, until, within } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { collect, untilText } from '../support.ts'
import { type HelloParts, helloMessage, inRecords, serverNameExtension } from './hello.ts'

const finding = (recognize: typeof recognizeClient, chunks: Iterable<Uint8Array>): Finding => {
  const first = new FirstBytes(recognize)
  for (const chunk of chunks) first.add(chunk)
  return first.finding
}
const singly = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]))
const text = (written: string): Buffer => Buffer.from(written, 'latin1')

const startup = (pairs: string): Buffer => {
  const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), text(pairs)])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([length, body])
}
const greeting = Buffer.concat([
  text('\x0a8.0.36-0ubuntu\0'),
  Buffer.from('0800000001020304050607080 0ffff'.replace(' ', ''), 'hex'),
  Buffer.alloc(30, 1),
])
const mysqlGreeting = Buffer.concat([Buffer.from([greeting.length, 0, 0, 0]), greeting])

const BY_CLIENT: readonly (readonly [string, Buffer])[] = [
  ['tls', inRecords(helloMessage({ serverName: 'example.org' }))],
  ['http1', text('GET /path?a=b HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['http1', text('M-SEARCH * HTTP/1.0\n')],
  ['http2', text('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0')],
  ['ssh', text('SSH-2.0-OpenSSH_9.6\r\n')],
  ['postgresql', Buffer.from('0000000804d2162f', 'hex')],
  ['postgresql', Buffer.from('0000000804d21630', 'hex')],
  ['postgresql', startup('user\0bob\0database\0shop\0\0')],
  ['redis', text('*1\r\n$4\r\nPING\r\n')],
  ['redis', text('*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n')],
  ['mqtt', Buffer.from('101000044d5154540402003c0004abcdabcd', 'hex')],
  ['mqtt', Buffer.from('108b0100064d51497364700302', 'hex')],
  ['smtp', text('EHLO client.example\r\n')],
  ['smtp', text('helo x\r\n')],
]
const BY_SERVER: readonly (readonly [string, Buffer])[] = [
  ['ssh', text('SSH-2.0-dropbear\r\n')],
  ['ssh', text('SSH-1.99-Cisco\r\n')],
  ['smtp', text('220 mail.example ESMTP Postfix\r\n')],
  ['smtp', text('220-mx.example SMTP ready\r\n')],
  ['mysql', mysqlGreeting],
]

describe('the first bytes', () => {
  it.each(BY_CLIENT)(
    'of a client name %s, whole and byte by byte, and not before they are there',
    (protocol, bytes) => {
      expect(finding(recognizeClient, [bytes])).toMatchObject({ is: 'yes', protocol })
      expect(finding(recognizeClient, singly(bytes))).toMatchObject({ is: 'yes', protocol })
      expect(finding(recognizeClient, [bytes.subarray(0, 3)])).toMatchObject({ is: 'more' })
    },
  )

  it.each(BY_SERVER)('of a server name %s, whole and byte by byte', (protocol, bytes) => {
    expect(finding(recognizeServer, [bytes])).toMatchObject({ is: 'yes', protocol })
    expect(finding(recognizeServer, singly(bytes))).toMatchObject({ is: 'yes', protocol })
  })

  it.each([
    'hello',
    'get / HTTP/1.1\r\n',
    'GET / HTTP/3.0\r\n',
    'GET  HTTP/1.1\r\n',
    'GET /\x01 HTTP/1.1\r\n',
    `GET /${'a'.repeat(9000)}`,
    'PRI * HTTP/2.1\r\n\r\n',
    'SSH-3.0-x',
    '*0\r\n$4\r\nPING',
    '*1\r\n$4\r\n\x00',
    '\x00\x00\x00\x08\x04\xd2\x16\x2e',
    '\x00\x00\x00\x09\x04\xd2\x16\x2f',
    '\x10\x10\x00\x04MQTX\x04',
    '\x10\xff\xff\xff\xff\x00\x04MQTT\x04',
    '\x16\x03\x01\x00\x00',
    '\x15\x03\x01\x00\x02\x01\x00',
    '\x16\x03\x01\x00\x04\x02\x00\x00\x00',
    '\xff\xfe',
  ])('%j of a client are nothing that is known', (written) => {
    expect(finding(recognizeClient, [text(written)])).toEqual({ is: 'no' })
    expect(finding(recognizeClient, singly(text(written)))).toEqual({ is: 'no' })
  })

  it('never throw, and never grow beyond a bound, whatever they are', () => {
    const prefix = fc.constantFrom(...[...BY_CLIENT, ...BY_SERVER].map(([, bytes]) => bytes))
    const input = fc.tuple(prefix, fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 300 }))
    const property = fc.property(input, ([start, length, rest]) => {
      const bytes = Buffer.concat([start.subarray(0, length), rest])
      for (const recognize of [recognizeClient, recognizeServer]) {
        const [whole, cut] = [finding(recognize, [bytes]), finding(recognize, singly(bytes))]
        expect(cut.is === 'more' ? whole.is : cut.is).toBe(whole.is)
      }
    })
    fc.assert(property, { numRuns: 1000 })
    expect(
      finding(
        recognizeServer,
        Array.from({ length: 100 }, () => text('220-'.padEnd(1024, 'a'))),
      ),
    ).toEqual({ is: 'no' })
  })
})

describe('a ClientHello', () => {
  const named = (parts: HelloParts): Finding => finding(recognizeClient, [inRecords(helloMessage(parts))])
  const grease: readonly (readonly [number, Buffer])[] = [
    [0x0a0a, Buffer.alloc(0)],
    [0x1a1a, Buffer.from([0])],
  ]
  /** A key share of X25519MLKEM768 has 1216 bytes. */
  const postQuantum: readonly (readonly [number, Buffer])[] = [[51, Buffer.alloc(1216 + 6, 3)]]

  it.each([
    ['one record', 16_384],
    ['two records', 300],
    ['twenty records', 90],
    ['records of 5 bytes', 5],
  ])('is the same in %s, in one segment and in segments of one byte', (_, size) => {
    const bytes = inRecords(helloMessage({ serverName: 'shop.example', extensions: postQuantum }), size)
    const expected = { is: 'yes', protocol: 'tls', serverName: 'shop.example' }
    expect(finding(recognizeClient, [bytes])).toEqual(expected)
    expect(finding(recognizeClient, singly(bytes))).toEqual(expected)
  })

  it('may have GREASE, post-quantum keys, 61 kB, and no name', () => {
    expect(named({ serverName: 'a.b', extensions: [...grease, ...postQuantum] })).toMatchObject({ serverName: 'a.b' })
    expect(named({ serverName: 'a.b', extensions: [[21, Buffer.alloc(61_000)]] })).toMatchObject({ serverName: 'a.b' })
    expect(named({ extensions: grease })).toEqual({ is: 'yes', protocol: 'tls' })
  })

  it('names the same server in whatever case, and with a dot at its end', () => {
    expect(named({ serverName: 'Shop.EXAMPLE.' })).toMatchObject({ serverName: 'shop.example' })
  })

  it.each([
    ['a name with NUL', { serverName: 'good.example\0.evil' }],
    ['an empty name', { serverName: '' }],
    ['a name with a space', { serverName: 'a b' }],
    ['a name with two dots', { serverName: 'a..b' }],
    ['two names', { serverName: 'a.b', extensions: [serverNameExtension('c.d')] }],
    ['a name of another kind', { extensions: [[0, Buffer.from('0004010001 61'.replace(' ', ''), 'hex')] as const] }],
    ['a version of long ago', { version: 0x0200 }],
    ['half a cipher suite', { suites: Buffer.from([1, 2, 3]) }],
    ['no cipher suite', { suites: Buffer.alloc(0) }],
    ['66 kB', { suites: Buffer.alloc(2000, 1), extensions: [[21, Buffer.alloc(65_000)] as const] }],
  ])('with %s is none', (_, parts) => {
    expect(named(parts)).toEqual({ is: 'no' })
  })

  it('whose lengths do not fit into each other is none', () => {
    const message = helloMessage({ serverName: 'shop.example' })
    for (let at = 4 + 2 + 32; at < message.length; at++) {
      const broken = Buffer.from(message)
      broken[at] = (broken[at] ?? 0) ^ 0x40
      const found = finding(recognizeClient, [inRecords(broken)])
      // A changed byte of an id, of a suite or of the name itself is another greeting; no change is a crash.
      expect(['yes', 'no']).toContain(found.is)
    }
    const short = Buffer.from(message)
    short.writeUIntBE(message.length - 4 - 1, 1, 3)
    expect(finding(recognizeClient, [inRecords(short)])).toEqual({ is: 'no' })
  })

  it('that announces 16 MiB takes no memory', () => {
    const announced = Buffer.from('1603010005010fffff03', 'hex')
    const before = measureMemory()
    const held = Array.from({ length: 200 }, () => {
      const first = new FirstBytes(recognizeClient)
      first.add(announced)
      return first
    })
    expect(measureMemory().bufferBytes - before.bufferBytes).toBeLessThan(200 * 64 * 1024)
    expect(held[0]?.finding).toEqual({ is: 'no' })
  })
})

describe.each(ENGINES)('builtin:protocol, engine $name', ({ open }) => {
  const engine = open()
  const naming = { use: 'builtin:protocol' } as const
  const allowing = (...allow: string[]) => ({ use: 'builtin:protocol', options: { allow } })

  test('puts the protocol and the server’s name into the line, for a real TLS client', () =>
    withWorker(engine, { inspect: [naming] }, async (harness) => {
      if (harness.address.kind !== 'tcp') throw new Error('a port is needed')
      const client = connectTls({ port: harness.address.port, host: '127.0.0.1', servername: 'Shop.example' })
      client.on('error', () => {})
      const upstream = await harness.served()
      await once(upstream.socket, 'data')
      client.destroy()
      upstream.socket.destroy()
      await until('its line', () => harness.lines().length === 1)
      const [line] = harness.lines()
      expect(line).toMatchObject({ protocol: 'tls', serverName: 'shop.example' })
      expect(line?.inspectors).toEqual([expect.stringMatching(/^protocol@/)])
    }))

  test.each([...BY_CLIENT])('lets a client of %s pass that is allowed, held until it is known', (protocol, bytes) =>
    withWorker(engine, { inspect: [allowing(protocol)] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write(bytes.subarray(0, 3))
      await never('bytes before they are known', () => up.text !== '', 30)
      client.socket.write(bytes.subarray(3))
      await untilText(up, bytes.toString('latin1'))
      client.socket.end('and all else')
      await untilText(up, `${bytes.toString('latin1')}and all else`)
      upstream.socket.end()
      expect((await harness.line('completed')).protocol).toBe(protocol)
    }),
  )

  test.each([...BY_SERVER])('lets a server of %s be first', (protocol, bytes) =>
    withWorker(engine, { inspect: [allowing(protocol)] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      upstream.socket.write(bytes)
      await untilText(down, bytes.toString('latin1'))
      client.socket.end('anything')
      await untilText(up, 'anything')
      upstream.socket.end()
      expect((await harness.line('completed')).protocol).toBe(protocol)
    }),
  )

  test.each([
    ['another protocol', 'SSH-2.0-x\r\n', /^protocol: ssh is not allowed$/],
    ['what is not known', 'nonsense', /^protocol: the protocol is not known$/],
    ['a greeting that cannot be parsed', '\x16\x03\x01\x00\x00', /^protocol: the protocol is not known$/],
  ])('blocks %s', (_, written, verdict) =>
    withWorker(engine, { inspect: [allowing('tls', 'http1')] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      client.socket.write(written, 'latin1')
      expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      expect(upstream.received).toBe(0)
      expect((await harness.line('blocked')).verdict).toMatch(verdict)
    }),
  )

  test('blocks a client that ends before it is known, and lets one go that says nothing', () =>
    withWorker(engine, { inspect: [allowing('tls')] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      client.socket.end(Buffer.from([22, 3, 1]))
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      await harness.line('blocked')
      const silent = await harness.connect()
      silent.client.socket.end()
      silent.upstream.socket.end()
      await harness.line('completed')
    }))
})
