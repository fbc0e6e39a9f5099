/** What a client must send first, for real: FAULTS of other proxies were headers that they guessed, trusted or half read. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../../src/config/schema.ts'
import { DRAIN_AT_ONCE } from '../../../src/serving/state.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { ENGINES } from '../../support/engines.ts'
import {
  binaryHeader,
  IPV4_ENDS,
  IPV6_ENDS,
  NO_CHECKSUM,
  sslTlv,
  tcp4Header,
  tlv,
  unixEnds,
  withChecksum,
} from '../../support/proxy-header.ts'
import { never, until, within } from '../../support/until.ts'
import { type AccessLine, type WorkerHarness, withWorker } from '../../support/worker-harness.ts'

type Accept = ConfigInput['listeners'][number]['acceptProxyProtocol']

const LINE = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n')
const PAYLOAD = 200_000

const accepting = (acceptProxyProtocol: Accept, more: Partial<ConfigInput['listeners'][number]> = {}) => ({
  listener: { acceptProxyProtocol, ...more },
})

/** A client that sends the header together with its first bytes. */
const connectWith = async (harness: WorkerHarness, header: Uint8Array, payload = PAYLOAD) => {
  const client = harness.client()
  client.socket.cork()
  client.socket.write(header)
  client.send(payload)
  client.socket.uncork()
  const upstream = await harness.served()
  await until('the payload', () => upstream.received === payload)
  return { client, upstream }
}

const complete = async (harness: WorkerHarness, client: Endpoint, upstream: Endpoint): Promise<AccessLine> => {
  client.fin()
  upstream.fin(10)
  expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
  expect(await within('the FIN', client.receivedAll)).toBe('FIN')
  expect([client.wrongAt, upstream.wrongAt]).toEqual([undefined, undefined])
  return harness.line('completed')
}

/** The line of a client that was reset before any server was dialled. */
const refused = async (harness: WorkerHarness, client: Endpoint, outcome: string): Promise<AccessLine> => {
  expect(['ECONNRESET', 'EPIPE']).toContain(await within('the RST', client.receivedAll))
  const line = await harness.line(outcome)
  expect(line).toMatchObject({ phase: 'preread', attempts: 0, bytesToUpstream: 0, bytesToClient: 0 })
  expect(harness.counts().connectionsActive).toBe(0)
  return line
}

const phasesIn = (harness: WorkerHarness): string[] => {
  const phases: string[] = []
  harness.worker.living.each(({ record }) => phases.push(record.phase))
  return phases
}

describe.each(ENGINES)('a listener that accepts PROXY headers, engine $name,', ({ open }) => {
  const engine = open()

  test.each([
    ['v1', LINE, { client: '192.0.2.1:4711', proxyProtocol: 'v1' }],
    ['any', LINE, { client: '192.0.2.1:4711', proxyProtocol: 'v1' }],
    [
      'v1',
      Buffer.from('PROXY TCP6 2001:DB8::1 2001:db8::2 4711 443\r\n'),
      { client: '[2001:db8::1]:4711', proxyProtocol: 'v1' },
    ],
    ['v2', tcp4Header(), { client: '192.0.2.1:4711', proxyProtocol: 'v2' }],
    ['any', binaryHeader(0x21, 0x21, IPV6_ENDS), { client: '[2001:db8::1]:4711', proxyProtocol: 'v2' }],
    ['v2', binaryHeader(0x21, 0x31, unixEnds('/run/a "client"', '')), { client: 'unix:/run/a "client"' }],
    ['v2', binaryHeader(0x21, 0x31, unixEnds('\0app', '')), { client: 'unix:@app' }],
    [
      'v2',
      withChecksum(tcp4Header(tlv(5, 'edge-1'), NO_CHECKSUM)),
      { client: '192.0.2.1:4711', proxyUniqueId: 'edge-1' },
    ],
    ['v2', tcp4Header(tlv(5, Buffer.from([0, 255]))), { client: '192.0.2.1:4711', proxyUniqueId: '00ff' }],
    ['v2', tcp4Header(tlv(4, Buffer.alloc(4000))), { client: '192.0.2.1:4711' }],
  ] as const)('%s, takes the client from one that comes with the payload (%#)', (version, header, said) =>
    withWorker(engine, accepting(version), async (harness) => {
      const { client, upstream } = await connectWith(harness, header)
      const peer = `127.0.0.1:${client.socket.localPort}`
      const line = await complete(harness, client, upstream)
      expect(line).toMatchObject({ ...said, peer, phase: 'relay', bytesToUpstream: PAYLOAD, bytesToClient: 10 })
    }),
  )

  test.each([
    ['v1 UNKNOWN', Buffer.from('PROXY UNKNOWN whatever\r\n'), 'v1'],
    ['LOCAL', binaryHeader(0x20, 0), 'v2'],
    ['LOCAL with addresses', binaryHeader(0x20, 0x11, IPV4_ENDS), 'v2'],
    ['an unspecified family', binaryHeader(0x21, 0), 'v2'],
    ['datagrams', binaryHeader(0x21, 0x12, IPV4_ENDS), 'v2'],
  ])('takes the peer for the client after %s', (_, header, proxyProtocol) =>
    withWorker(engine, accepting('any'), async (harness) => {
      const { client, upstream } = await connectWith(harness, header)
      const peer = `127.0.0.1:${client.socket.localPort}`
      const line = await complete(harness, client, upstream)
      expect(line).toMatchObject({ client: peer, proxyProtocol, bytesToUpstream: PAYLOAD })
      expect(line).not.toHaveProperty('peer')
    }),
  )

  test('takes one that comes byte by byte, and dials only when it is whole', () =>
    withWorker(engine, accepting('any'), async (harness) => {
      for (const header of [LINE, withChecksum(tcp4Header(tlv(2, 'a.example'), NO_CHECKSUM))]) {
        const client = harness.client()
        for (const byte of header.subarray(0, -1)) {
          client.socket.write(Buffer.from([byte]))
          await new Promise(setImmediate)
        }
        await until('the client', () => harness.counts().connectionsActive === 1)
        await never('a dial', () => phasesIn(harness).some((phase) => phase !== 'preread'), 20)
        client.socket.write(header.subarray(-1))
        const upstream = await harness.served()
        client.send(1_000)
        await until('the payload', () => upstream.received === 1_000)
        await complete(harness, client, upstream)
        await harness.allClosed()
      }
    }))

  test('lets the server speak first after it', () =>
    withWorker(engine, accepting('v1'), async (harness) => {
      const client = harness.client()
      client.socket.write(LINE)
      const upstream = await harness.served()
      upstream.send(100)
      await until('the banner', () => client.received === 100)
      await complete(harness, client, upstream)
    }))

  const begin = tcp4Header().subarray(0, 16)
  test.each([
    ['a request', 'GET / HTTP/1.1\r\n\r\n'],
    ['a line feed alone', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n'],
    ['IPv6 as TCP4', 'PROXY TCP4 ::1 ::1 1 2\r\n'],
    ['port 65536', 'PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n'],
    ['a sign', 'PROXY TCP4 1.2.3.4 5.6.7.8 +80 2\r\n'],
    ['leading zeros', 'PROXY TCP4 1.2.3.4 5.6.7.8 080 2\r\n'],
    ['a space at the end', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n'],
    ['two spaces', 'PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n'],
    ['no CRLF in 107 bytes', `PROXY UNKNOWN ${'x'.repeat(200_000)}`],
    ['version 3', binaryHeader(0x31, 0x11, IPV4_ENDS)],
    ['no addresses', Buffer.from('0d0a0d0a000d0a515549540a21120000', 'hex')],
    ['too few bytes for IPv4', binaryHeader(0x21, 0x11, IPV4_ENDS.subarray(1))],
    ['a TLV that is longer than the rest', tcp4Header(Buffer.from([4, 0, 2, 0]))],
    ['a wrong checksum', tcp4Header(NO_CHECKSUM)],
    ['an SSL TLV that is cut short', tcp4Header(tlv(0x20, Buffer.alloc(4)), tlv(2, 'a.example'))],
    ['an SSL TLV whose own TLV is longer', tcp4Header(sslTlv(Buffer.from([0x21, 0, 9, 0x54])), tlv(2, 'a.example'))],
    ['65535 bytes', Buffer.concat([begin.subarray(0, 14), Buffer.from([255, 255]), Buffer.alloc(65_535)])],
    ['a FIN in its middle', begin, 'FIN'],
  ])('resets a client whose header has %s, and no server hears of it', (_, bytes, then?: string) =>
    withWorker(engine, accepting('any'), async (harness) => {
      const client = harness.client()
      client.socket.write(bytes)
      if (then === 'FIN') client.socket.end()
      const line = await refused(harness, client, 'badProxyHeader')
      expect(line).toMatchObject({ endedBy: 'proxy', error: expect.stringMatching(/^(it|its) /) })
      expect(line).not.toHaveProperty('proxyProtocol')
    }),
  )

  test.each([
    ['v1', tcp4Header()],
    ['v2', LINE],
  ] as const)('%s, refuses the other version', (version, header) =>
    withWorker(engine, accepting(version), async (harness) => {
      const client = harness.client()
      client.socket.write(header)
      const line = await refused(harness, client, 'badProxyHeader')
      expect(line.error).toBe(`it begins as ${version === 'v1' ? 'v2' : 'v1'} does, but only ${version} is accepted`)
    }),
  )

  test.each([
    ['a right header', LINE],
    ['no byte', Buffer.alloc(0)],
  ])('resets a peer that is not trusted at once, with %s', (_, bytes) =>
    withWorker(engine, accepting({ trusted: ['192.0.2.0/24', '::1'] }), async (harness) => {
      const client = harness.client()
      client.socket.write(bytes)
      const line = await refused(harness, client, 'badProxyHeader')
      expect(line).toMatchObject({ error: 'the peer is not in trusted', durationMs: expect.closeTo(0, -3) })
    }),
  )

  test('takes the header of a peer that is trusted', () =>
    withWorker(engine, accepting({ version: 'v1', trusted: ['127.0.0.0/8'] }), async (harness) => {
      const { client, upstream } = await connectWith(harness, LINE)
      expect(await complete(harness, client, upstream)).toMatchObject({ client: '192.0.2.1:4711' })
    }))

  test('decides with its access lists about the client that the header names', () =>
    withWorker(engine, accepting('v1', { allow: ['192.0.2.0/24'], deny: ['192.0.2.9'] }), async (harness) => {
      const { client, upstream } = await connectWith(harness, LINE)
      await complete(harness, client, upstream)
      for (const header of ['PROXY TCP4 192.0.2.9 1.1.1.1 1 2\r\n', 'PROXY UNKNOWN\r\n']) {
        const denied = harness.client()
        denied.socket.write(header)
        await refused(harness, denied, 'denied')
      }
      await until('both lines', () => harness.lines().filter(({ outcome }) => outcome === 'denied').length === 2)
      expect(harness.lines().at(-2)).toMatchObject({ client: '192.0.2.9:1', peer: expect.stringMatching(/^127/) })
    }))

  test('counts for its limits per client the client that the header names', () =>
    withWorker(engine, accepting('v1', { maxConnectionsPerClient: 1 }), async (harness) => {
      const first = await connectWith(harness, LINE, 1_000)
      // Another client behind the same peer.
      const other = await connectWith(harness, Buffer.from('PROXY TCP4 192.0.2.2 198.51.100.2 4711 443\r\n'), 1_000)
      const second = harness.client()
      second.socket.write('PROXY TCP4 192.0.2.1 198.51.100.2 4712 443\r\n')
      expect(['ECONNRESET', 'EPIPE']).toContain(await within('the RST', second.receivedAll))
      expect(await harness.line('overLimit')).toMatchObject({ phase: 'preread', attempts: 0, client: '192.0.2.1:4712' })
      await complete(harness, first.client, first.upstream)
      await until('its place is free', () => harness.counts().connectionsActive === 1)
      const next = await connectWith(harness, LINE, 1_000)
      for (const { client } of [next, other]) client.reset()
      await harness.allClosed()
    }))

  test('ends one that comes too slowly when its time is over, however it goes on', () =>
    withWorker(engine, { ...accepting('v1'), timeouts: { preread: '300ms' } }, async (harness) => {
      const client = harness.client()
      let isOver = false
      client.socket.once('close', () => {
        isOver = true
      })
      for (const byte of `PROXY UNKNOWN ${'x'.repeat(80)}`) {
        if (isOver) break
        client.socket.write(byte)
        await pause(20)
      }
      const line = await refused(harness, client, 'prereadTimeout')
      expect(line.durationMs).toBeGreaterThanOrEqual(300)
      expect(line.durationMs).toBeLessThan(1_500)
    }))

  test('serves a good client while a hundred silent ones wait, whose end comes all the same', () =>
    withWorker(engine, { ...accepting('any'), timeouts: { preread: '2s' } }, async (harness) => {
      const silent = Array.from({ length: 100 }, () => harness.client())
      await until('they are there', () => harness.counts().connectionsActive === 100)
      const sinceMs = performance.now()
      const { client, upstream } = await connectWith(harness, LINE, 1_000)
      expect(performance.now() - sinceMs).toBeLessThan(1_000)
      await complete(harness, client, upstream)
      for (const one of silent) expect(await within('its end', one.receivedAll)).toBe('ECONNRESET')
      expect(harness.counts().outcomes.prereadTimeout).toBe(100)
    }))

  test('knows a client that leaves without a byte, or resets within its header, as gone', () =>
    withWorker(engine, accepting('any'), async (harness) => {
      const quiet = harness.client()
      quiet.fin()
      await within('its end', quiet.receivedAll)
      expect(await harness.line('clientGone')).toMatchObject({ endedBy: 'client', phase: 'preread', attempts: 0 })
      const hasty = harness.client()
      hasty.socket.write('PROXY ')
      await until('it is there', () => harness.counts().connectionsActive === 1)
      hasty.reset()
      await until('both lines', () => harness.lines().length === 2)
      expect(harness.lines()[1]).toMatchObject({ outcome: 'clientGone', error: 'ECONNRESET', phase: 'preread' })
      await harness.allClosed()
    }))

  test('holds a place for a client whose header is to come, and drains it', () =>
    withWorker(engine, { ...accepting('any'), maxConnections: 1 }, async (harness) => {
      const waiting = harness.client()
      waiting.socket.write('PROXY ')
      await until('it is there', () => harness.counts().connectionsActive === 1)
      const next = harness.client()
      expect(await within('its end', next.receivedAll)).toBe('ECONNRESET')
      expect(await harness.line('overLimit')).toMatchObject({ phase: 'admit' })
      await harness.worker.drain(DRAIN_AT_ONCE)
      await refused(harness, waiting, 'drained')
    }))
})
