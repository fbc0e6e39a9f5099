import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { good, withListen, withServers, withTop } from './problems-of.ts'

const parse = (text: string) => parseConfig(text, '/etc/copyloop/c.yaml')
/** A server of which only the address was written. */
const server = (address: object) => ({ address, weight: 1, backup: false, maxConnections: Number.POSITIVE_INFINITY })
const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port })

describe('a config that is right', () => {
  it('has a default for every key that it leaves out', () => {
    expect(parse(good.replace(/ +maxConnections.*\n/, ''))).toEqual({
      workers: 'auto',
      engine: 'auto',
      scheduling: 'batch',
      admin: { listen: tcp('127.0.0.1', 9901), mode: 0o600 },
      log: { level: 'info', access: { sample: 1 } },
      control: 'off',
      inspection: { threads: 'auto', memoryBytes: 256 * 2 ** 20 },
      drainTimeoutMs: 30_000,
      drainDelayMs: 0,
      drainSpreadMs: 0,
      workerTimeoutMs: 10_000,
      workerMemoryBytes: Number.POSITIVE_INFINITY,
      listeners: [
        {
          name: 'web',
          listen: [tcp('127.0.0.1', 8080)],
          upstream: 'app',
          timeouts: {
            connectMs: 5000,
            idleMs: 600_000,
            stallMs: 60_000,
            halfCloseMs: 60_000,
            prereadMs: 5000,
            maxAgeMs: Number.POSITIVE_INFINITY,
          },
          maxConnections: 10_000,
          maxConnectionsPerClient: Number.POSITIVE_INFINITY,
          onLimit: 'reset',
          acceptProxyProtocol: 'off',
          unix: { mode: 0o660 },
          inspect: [],
        },
      ],
      upstreams: [
        {
          name: 'app',
          balance: 'roundRobin',
          servers: [server(tcp('127.0.0.1', 9000))],
          slowStartMs: Number.POSITIVE_INFINITY,
          retries: 2,
          discover: 'off',
          queue: { length: 0, timeoutMs: 5_000 },
          health: 'off',
          ejection: { failures: 5, forMs: 10_000, maxPercent: 50 },
          onServerDown: 'keep',
          sendProxyProtocol: 'off',
        },
      ],
    })
  })

  it('may be JSON', () => {
    const listeners = [{ name: 'web', listen: ':80', upstream: 'app' }]
    const text = JSON.stringify({ listeners, upstreams: [{ name: 'app', servers: [] }], admin: 'off' }, null, '\t')
    expect(parse(text)).toMatchObject({ admin: 'off', upstreams: [{ servers: [] }] })
  })

  it('may use anchors and aliases', () => {
    const text = withTop('  - { name: other, servers: *s }').replace('servers: [', 'servers: &s [')
    expect(parse(text).upstreams[1]?.servers).toEqual([server(tcp('127.0.0.1', 9000))])
  })

  it('may have its listeners on any free port, several at once', () => {
    expect(parse(withListen('[":0", ":0", "127.0.0.1:0"]')).listeners[0]?.listen).toHaveLength(3)
  })

  it('may write a server short or as a mapping', () => {
    const { servers } = parse(withServers('[a:1, { address: a:2 }, unix:/a]')).upstreams[0] ?? { servers: [] }
    expect(servers).toEqual([server(tcp('a', 1)), server(tcp('a', 2)), server({ kind: 'unix', path: '/a' })])
  })

  it.each([
    ['{ srv: _pg._tcp.example }', { srv: '_pg._tcp.example' }],
    ['{ srv: pg.service.consul. }', { srv: 'pg.service.consul.' }],
    ['{ dns: "a.internal:9000" }', { dns: tcp('a.internal', 9000) }],
  ])('may have its servers discovered (%s), and none besides', (discover, parsed) => {
    const text = good.replace('servers: [127.0.0.1:9000]', `discover: ${discover}`)
    expect(parse(text).upstreams[0]).toMatchObject({ servers: [], discover: parsed })
    expect(parse(text.concat('    servers: [a:1]\n')).upstreams[0]).toMatchObject({ discover: parsed })
  })

  it('means off by off, also under a YAML 1.1 directive, where off would be false', () => {
    expect(parse(`%YAML 1.1\n---\n${withTop('admin: off')}`).admin).toBe('off')
  })

  it.each([
    ['true', { sample: 1 }],
    ['false', false],
    ['{}', { sample: 1 }],
    ['{ sample: 0 }', { sample: 0 }],
    ['{ sample: 0.25, anonymize: /20 }', { sample: 0.25, anonymize: 20 }],
    ['{ anonymize: off }', { sample: 1 }],
  ])('may have %s as log.access', (written, access) => {
    expect(parse(withTop(`log: { access: ${written} }`)).log.access).toEqual(access)
  })

  it('names its log file relative to itself', () => {
    expect(parse(withTop('log: { file: logs/a.log }')).log.file).toBe('/etc/copyloop/logs/a.log')
    expect(parse(withTop('log: { file: /var/log/a.log }')).log.file).toBe('/var/log/a.log')
    const { access } = parse(withTop('log: { access: { file: logs/access.log } }')).log
    expect(access).toEqual({ file: '/etc/copyloop/logs/access.log', sample: 1 })
  })

  it('is frozen, all of it', () => {
    const unfrozen = (value: unknown): unknown[] =>
      typeof value !== 'object' || value === null
        ? []
        : [...(Object.isFrozen(value) ? [] : [value]), ...Object.values(value).flatMap(unfrozen)]
    expect(unfrozen(parse(withTop('log: { file: a.log }')))).toEqual([])
  })

  it('crosses to another process by structured clone', () => {
    const config = parse(good)
    expect(structuredClone(config)).toEqual(config)
  })
})
