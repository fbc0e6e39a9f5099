/** What servers get first. */
import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../support/endpoint.ts'
import { ENGINES } from '../../support/engines.ts'
import {
  binaryHeader,
  IPV4_ENDS,
  NO_CHECKSUM,
  tcp4Header,
  tlv,
  unixEnds,
  withChecksum,
} from '../../support/proxy-header.ts'
import { until, within } from '../../support/until.ts'
import { type WorkerHarness, withWorker } from '../../support/worker-harness.ts'

/** The ID of a worker's connection has one length; the log has which it is. */
const ID = /^[0-9a-z]{8}-0-[0-9a-z]+$/
const BANNER = 100

/** The header of TCP over IPv4 between these ports of 127.0.0.1. */
const loopbackHeader = (from: number, to: number, id: string): Buffer => {
  const ends = Buffer.from([127, 0, 0, 1, 127, 0, 0, 1, from >> 8, from & 255, to >> 8, to & 255])
  return withChecksum(binaryHeader(0x21, 0x11, ends, tlv(5, id), NO_CHECKSUM))
}

const portOf = ({ address }: WorkerHarness): number => (address.kind === 'tcp' ? address.port : 0)

/** The bytes that a server gets first, as many as are expected; the rest must be what the client sends. */
const expectHeader = async (server: Endpoint, header: Buffer): Promise<void> => {
  server.expectFirst(header)
  server.resume()
  await until('the header', () => server.hasFirst)
}

/** A client without a byte, and the server's end, which has not read yet. */
const connectSilently = async (harness: WorkerHarness, first: Uint8Array = Buffer.alloc(0)) => {
  const client = harness.client()
  client.socket.write(first)
  const server = await harness.served()
  server.pause()
  return { client, server }
}

/** The ID that the connection's line will have. */
const idIn = (harness: WorkerHarness): string => {
  let id = ''
  harness.worker.living.each(({ record }) => {
    id = harness.worker.idOf(record)
  })
  return id
}

const complete = async (harness: WorkerHarness, client: Endpoint, server: Endpoint) => {
  client.fin(50_000)
  server.fin(70_000)
  expect(await within('the FIN', server.receivedAll)).toBe('FIN')
  expect(await within('the FIN', client.receivedAll)).toBe('FIN')
  expect([client.wrongAt, server.wrongAt]).toEqual([undefined, undefined])
  expect([server.received, client.received]).toEqual([50_000, 70_000])
  const line = await harness.line('completed')
  expect(line).toMatchObject({ bytesToUpstream: 50_000, bytesToClient: 70_000 })
  return line
}

describe.each(ENGINES)('an upstream whose servers get PROXY headers, engine $name,', ({ open }) => {
  const engine = open()
  const sending = (sendProxyProtocol: 'v1' | 'v2', acceptProxyProtocol: 'off' | 'any' = 'off') => ({
    upstream: () => ({ sendProxyProtocol }),
    listener: { acceptProxyProtocol },
  })

  test('v1: names the client, and where it connected to; header bytes are not counted', () =>
    withWorker(engine, sending('v1'), async (harness) => {
      const { client, server } = await connectSilently(harness)
      const line = `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${portOf(harness)}\r\n`
      await expectHeader(server, Buffer.from(line))
      await complete(harness, client, server)
    }))

  test('v2: does so too, with the ID of the connection and a checksum', () =>
    withWorker(engine, sending('v2'), async (harness) => {
      const { client, server } = await connectSilently(harness)
      const id = idIn(harness)
      expect(id).toMatch(ID)
      await expectHeader(server, loopbackHeader(client.socket.localPort ?? 0, portOf(harness), id))
      expect(await complete(harness, client, server)).toMatchObject({ connectionId: id })
    }))

  test('gives the client a banner within 50 ms though it says nothing', () =>
    withWorker(engine, sending('v2'), async (harness) => {
      const waits: number[] = []
      for (let count = 0; count < 5; count++) {
        const sinceMs = performance.now()
        const { client, server } = await connectSilently(harness)
        await expectHeader(server, loopbackHeader(client.socket.localPort ?? 0, portOf(harness), idIn(harness)))
        server.send(BANNER)
        await until('the banner', () => client.received === BANNER)
        waits.push(performance.now() - sinceMs)
        client.reset()
        await harness.allClosed()
      }
      // A machine that does other things may delay one, not all.
      expect(Math.min(...waits)).toBeLessThan(50)
    }))

  const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n'
  const received = withChecksum(
    tcp4Header(tlv(1, 'h2'), tlv(5, 'theirs'), tlv(4, 'pad'), tlv(0xea, 'vpc'), NO_CHECKSUM),
  )
  test.each([
    ['v1', 'v1', Buffer.from(LINE), () => Buffer.from(LINE)],
    ['v2', 'v1', received, () => Buffer.from(LINE)],
    [
      'v1',
      'v2',
      Buffer.from(LINE),
      (id: string) => withChecksum(binaryHeader(0x21, 0x11, IPV4_ENDS, tlv(5, id), NO_CHECKSUM)),
    ],
    [
      'v2',
      'v2',
      received,
      (id: string) => withChecksum(tcp4Header(tlv(5, id), tlv(1, 'h2'), tlv(0xea, 'vpc'), NO_CHECKSUM)),
    ],
    [
      'AF_UNIX in v2',
      'v2',
      binaryHeader(0x21, 0x31, unixEnds('/a', '/b')),
      (id: string) => withChecksum(binaryHeader(0x21, 0x31, unixEnds('/a', '/b'), tlv(5, id), NO_CHECKSUM)),
    ],
    [
      'an abstract AF_UNIX in v2',
      'v2',
      binaryHeader(0x21, 0x31, unixEnds('\0a', '\0b')),
      (id: string) => withChecksum(binaryHeader(0x21, 0x31, unixEnds('\0a', '\0b'), tlv(5, id), NO_CHECKSUM)),
    ],
    ['AF_UNIX in v2', 'v1', binaryHeader(0x21, 0x31, unixEnds('/a', '/b')), () => Buffer.from('PROXY UNKNOWN\r\n')],
  ] as const)('%s becomes %s, with the ends that came in (%#)', (_, version, header, expected) =>
    withWorker(engine, sending(version, 'any'), async (harness) => {
      const { client, server } = await connectSilently(harness, header)
      const id = idIn(harness)
      await expectHeader(server, expected(id))
      const line = await complete(harness, client, server)
      expect(line.connectionId).toBe(id)
      if (header === received) expect(line).toMatchObject({ proxyUniqueId: 'theirs' })
    }),
  )

  test.each([
    ['LOCAL', binaryHeader(0x20, 0)],
    ['UNSPEC', binaryHeader(0x21, 0)],
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ])('%s becomes the real ends of the connection', (_, header) =>
    withWorker(engine, sending('v2', 'any'), async (harness) => {
      const { client, server } = await connectSilently(harness, header)
      await expectHeader(server, loopbackHeader(client.socket.localPort ?? 0, portOf(harness), idIn(harness)))
      await complete(harness, client, server)
    }),
  )

  test('resets a server that got a header when the client resets', () =>
    withWorker(engine, sending('v1'), async (harness) => {
      const { client, server } = await connectSilently(harness)
      server.resume()
      client.reset()
      expect(await within('the RST', server.receivedAll)).toBe('ECONNRESET')
      const line = await harness.line('clientReset')
      expect(line).toMatchObject({ bytesToUpstream: 0, bytesToClient: 0 })
    }))
})
