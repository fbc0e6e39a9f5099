import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Flow, Relay } from '../../src/engine/engine.ts'
import { ConnectionRecord, type EndRecord } from '../../src/proxy/record.ts'
import { Server } from '../../src/upstream/server.ts'
import { ACCESS_FIELDS, accessLines } from '../../src/worker/reporting/access-log.ts'
import { fixedFlow, fixedRelay } from '../support/fixed-relay.ts'

const server = (path: string): Server => new Server(`unix:${path}`, { memory: undefined, workerCount: 1 })
const relay = (toUpstream: Partial<Flow>, toClient: Partial<Flow>): Relay =>
  fixedRelay(fixedFlow(toUpstream), fixedFlow(toClient))
const peerNamed = (remote: string) => ({ remote }) as ConnectionRecord['peer']
const known = { sequence: 1, listener: 'web', upstream: 'app', engine: 'kernel' } as const

/** A record together with its end. */
type Whole = ConnectionRecord & EndRecord

/** A connection that was refused at once: all that can be absent is absent. */
const least: Whole = {
  ...new ConnectionRecord({ ...known, peer: peerNamed('192.0.2.1:4711') }),
  acceptedMs: 1_000,
  endedMs: 1_000,
  outcome: 'overLimit',
  endedBy: 'proxy',
  clientTcp: undefined,
  serverTcp: undefined,
}
const most: Whole = {
  ...least,
  phase: 'relay',
  proxied: { readMs: 1, version: 'v2', client: '[2001:db8::1]:443', uniqueId: 'edge "1"' },
  server: server('/run/app.sock'),
  attempts: 2,
  dialledMs: 1_010,
  relay: relay({ bytes: 10, endedMs: 1_030 }, { bytes: 2 ** 40, firstByteMs: 1_020, endedMs: 1_040 }),
  inspected: { inspectors: ['sniff@1f2e3d4c'], protocol: 'tls', serverName: 'example.org', verdict: 'seen' },
  clientTcp: { rttUs: 100, retransmits: 0 } as EndRecord['clientTcp'],
  serverTcp: { rttUs: 200, retransmits: 3 } as EndRecord['serverTcp'],
  endedMs: 1_050,
  outcome: 'upstreamReset',
  endedBy: 'upstream',
  error: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
}

const lineOf = accessLines(3, ({ sequence }) => `id-${sequence}`)

/** What the line says; it must be one line, of JSON, whose fields are of the list and in its order. */
const read = (whole: Whole): Record<string, unknown> => {
  const line = lineOf(whole, whole)
  expect(line.indexOf('\n')).toBe(line.length - 1)
  const fields = JSON.parse(line) as Record<string, unknown>
  expect(Object.keys(fields)).toEqual(Object.keys(ACCESS_FIELDS).filter((field) => field in fields))
  return fields
}

describe('a line of the access log', () => {
  test('says everything that is known of a connection', () => {
    expect(read(most)).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      worker: 3,
      connectionId: 'id-1',
      listener: 'web',
      client: '[2001:db8::1]:443',
      peer: '192.0.2.1:4711',
      upstream: 'app',
      server: 'unix:/run/app.sock',
      engine: 'kernel',
      outcome: 'upstreamReset',
      endedBy: 'upstream',
      phase: 'relay',
      durationMs: 50,
      dialMs: 10,
      attempts: 2,
      firstByteMs: 20,
      halfOpenMs: 20,
      bytesToUpstream: 10,
      bytesToClient: 2 ** 40,
      clientRttUs: 100,
      clientRetransmits: 0,
      serverRttUs: 200,
      serverRetransmits: 3,
      proxyProtocol: 'v2',
      proxyUniqueId: 'edge "1"',
      protocol: 'tls',
      serverName: 'example.org',
      verdict: 'seen',
      inspectors: ['sniff@1f2e3d4c'],
      error: 'ECONNRESET',
      msg: 'connection',
    })
  })

  test('leaves out what there was not', () => {
    const fields = read(least)
    for (const name of [
      'peer',
      'server',
      'dialMs',
      'firstByteMs',
      'halfOpenMs',
      'error',
      'clientRttUs',
      'proxyProtocol',
      'verdict',
      'inspectors',
    ])
      expect(fields).not.toHaveProperty(name)
    expect(fields).toMatchObject({ outcome: 'overLimit', durationMs: 0, attempts: 0, bytesToUpstream: 0 })
  })

  test('counts the half-open time from the first of two FINs, or from the only one', () => {
    const half = (toUpstream: number, toClient: number) =>
      read({ ...most, relay: relay({ endedMs: toUpstream }, { endedMs: toClient }) }).halfOpenMs
    expect([half(1_030, 1_040), half(1_040, 1_030), half(1_020, 0), half(0, 1_020), half(0, 0)]).toEqual([
      20,
      20,
      30,
      30,
      undefined,
    ])
  })

  test('shows the message of an error that has no code', () => {
    expect(read({ ...most, error: new Error('it\nbroke "badly"') }).error).toBe('it\nbroke "badly"')
  })

  test('leaves out what others have left empty, but for the name of an error without any words', () => {
    const fields = read({
      ...most,
      proxied: { version: 'v2', client: '192.0.2.1:1', uniqueId: '', readMs: 1_005 },
      inspected: { inspectors: ['sniff@1f2e3d4c'], protocol: '', serverName: '', verdict: '' },
      error: new TypeError(''),
    })
    for (const name of ['proxyUniqueId', 'protocol', 'serverName', 'verdict']) expect(fields).not.toHaveProperty(name)
    expect(fields).toMatchObject({ proxyProtocol: 'v2', error: 'TypeError' })
  })

  test('keeps its shape whatever others have written into paths and messages', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom(
        '"',
        '\\',
        '\n',
        '\r\n',
        '\u2028',
        '\u0000',
        '","outcome":"completed',
        '}\n{"level":30}',
        '\ud800',
      ),
    )
    const property = fc.property(hostile, hostile, hostile, (client, path, message) => {
      const said = { protocol: client, serverName: path, verdict: message }
      const fields = read({
        ...most,
        peer: peerNamed(message),
        proxied: { readMs: 1, version: 'v2', client, uniqueId: path },
        server: server(path),
        inspected: { inspectors: [client], ...said },
        error: new Error(message),
      })
      expect(fields).toMatchObject({
        client,
        peer: message,
        proxyUniqueId: path,
        server: `unix:${path}`,
        outcome: 'upstreamReset',
        error: message,
        ...said,
      })
      expect(fields.inspectors).toEqual([client])
    })
    fc.assert(property, { numRuns: 500 })
  })
})
