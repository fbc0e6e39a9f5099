import { says } from '../peers/tool.ts'
import type { Work } from './work.ts'

const requests = { name: '100k requests', size: 100_000 }
const requestRate = { name: 'requests/s', size: 1 }
const gigabyte = { name: 'GB', size: 1e9 }
const gigabyteRate = { name: 'GB/s', size: 1e9 }
const block = 16 * 1024 * 1024

/** Those that are there before the ones of the work `idle`. */
export const firstConnections = 500

export interface Scale {
  /** Requests per second of the work `latency`. */
  rate: number
  idleConnections: number
  /** The steps of the work `scale`. */
  connections: number[]
}

/** All works, in the order of the page. Another one is another entry here. */
export const allWorks = (scale: Scale): Work[] => {
  return [
    {
      name: 'http',
      title: 'Keep-alive HTTP requests',
      explain: 'autocannon, 50 connections, one small request after another on each.',
      unit: requests,
      throughput: requestRate,
      headline: 'proxyCpu',
      loads: [{ kind: 'autocannon', settings: { connections: 50 } }],
    },
    {
      name: 'http-wrk',
      title: 'Keep-alive HTTP requests, by wrk',
      explain: 'The same by wrk, which needs less CPU itself and so asks for more.',
      unit: requests,
      throughput: requestRate,
      headline: 'proxyCpu',
      also: ['p50Us', 'p99Us'],
      absent: async () => ((await says('sh', '-c', 'command -v wrk || true')) ? undefined : 'wrk is not installed'),
      loads: [{ kind: 'wrk', settings: { connections: 50 } }],
    },
    {
      name: 'connect',
      title: 'New connections',
      explain:
        'Connect, ask, take 68 bytes and the end; 50 at the same time. Warmed up three times as long: it is the work with the most code in it.',
      warmUps: 3,
      unit: { name: '100k connections', size: 100_000 },
      throughput: { name: 'connections/s', size: 1 },
      headline: 'proxyCpu',
      loads: [{ kind: 'connects', settings: { connections: 50 } }],
    },
    bulk('bulk-down', 'Bulk to the client', { up: 0, down: block }),
    bulk('bulk-up', 'Bulk to the upstream', { up: block, down: 0 }),
    bulk('bulk-both', 'Bulk both ways at once', { up: block, down: block }),
    {
      name: 'idle',
      title: 'Memory of idle connections',
      explain: `${scale.idleConnections} connections more beside ${firstConnections}, each used once and then left alone: what the proxy's anonymous memory grew by. All contestants at once.`,
      unit: { name: 'connection', size: 1 },
      throughput: { name: 'connections', size: 1 },
      headline: 'kibPerConnection',
      also: ['emptyMib', 'fullMib'],
      memory: true,
      loads: [{ kind: 'idle', settings: { connections: scale.idleConnections } }],
    },
    {
      name: 'latency',
      title: 'Latency at a fixed rate',
      explain: `${scale.rate} requests per second, due at fixed times, over 50 connections; each is timed from when it was due.`,
      unit: requests,
      throughput: requestRate,
      headline: 'p99Us',
      also: ['p50Us', 'p99Us', 'p999Us', 'generatorLateP99Us', 'unanswered'],
      loads: [{ kind: 'rate', settings: { connections: 50, rate: scale.rate } }],
    },
    {
      name: 'fairness',
      title: 'Ping-pong beside bulk',
      explain: 'Four bulk streams to the client and one ping-pong, all on one worker: how long the small one waits.',
      unit: gigabyte,
      throughput: gigabyteRate,
      headline: 'p99Us',
      also: ['p50Us', 'p99Us', 'p999Us'],
      workers: 1,
      loads: [
        { kind: 'transfer', settings: { connections: 4, up: 0, down: block } },
        { kind: 'pingpong', settings: { connections: 1 } },
      ],
    },
    ...scale.connections.map(
      (connections): Work => ({
        name: `scale-${connections}`,
        title: `Requests over ${connections} connection${connections === 1 ? '' : 's'}`,
        explain: 'Keep-alive requests, one after another on each connection: how the cost grows with their number.',
        unit: requests,
        throughput: requestRate,
        headline: 'proxyCpu',
        also: ['p50Us', 'p99Us'],
        loads: [{ kind: 'requests', settings: { connections } }],
      }),
    ),
  ]
}

const bulk = (name: string, title: string, bytes: { up: number; down: number }): Work => {
  return {
    name,
    title,
    explain: 'Four streams, one block of 16 MiB after another; every byte is compared at the other end.',
    unit: gigabyte,
    throughput: gigabyteRate,
    headline: 'proxyCpu',
    loads: [{ kind: 'transfer', settings: { connections: 4, ...bytes } }],
  }
}
